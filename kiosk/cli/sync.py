"""`kiosk sync …`: how the kiosk and central stand, pairing and leaving, and exchanging everything now."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime

import click

from kiosk.app import line_of
from kiosk.cli.asking import confirmed
from kiosk.cli.conformance import command as conformance
from kiosk.cli.opening import opened_store, settings_of
from kiosk.cli.output import Progress, answer, note
from kiosk.cli.shared import Group, Shared, with_shared
from kiosk.domain.errors import BadSettings, Refused, SyncError
from kiosk.domain.ports import Clock
from kiosk.parts.sync import Line
from kiosk.passes.drawing import qr_modules
from kiosk.runtime.clock import SystemClock
from kiosk.store import Store
from kiosk.store.presence import is_running
from kiosk.sync.engine import Engine, Here
from kiosk.sync.options import base_of
from kiosk.sync.pairing import POLL_S, WAITED_S, Pairing, unpair
from kiosk.sync.ports import Central
from kiosk.sync.signature import signer_of
from kiosk.wire.pairing import PairingState
from kiosk.wire.standing import Invitation, Standing, Status

NEVER = threading.Event()
HALF = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}

EXAMPLES = """\b
Examples:
  kiosk sync status
  kiosk sync pair https://central.example
  kiosk sync now --json
"""


@click.group("sync", cls=Group, epilog=EXAMPLES)
def command() -> None:
    """Pair with a central server, and exchange with it."""


command.add_command(conformance)


@command.command("status", epilog="\b\nExample:\n  kiosk sync status --json")
@with_shared
def status(shared: Shared) -> int:
    """Say with whom the kiosk is paired, what waits, and what central rejected. Nobody is asked over the network."""
    clock = SystemClock()
    with opened_store(settings_of(shared), clock) as store:
        shown, cursor = engine_of(store, line_of(settings_of(shared), clock), clock).status(), store.inbox.cursor()
    answer(shared, _fields(shown) | {"cursor": cursor}, _sentences(shown))
    return 0 if shown.standing is Standing.PAIRED else 1


@command.command("now", epilog="\b\nExample:\n  kiosk sync now")
@click.option("--patience", type=click.FloatRange(1, 3600), default=60.0, help="Seconds to go on for at most.")
@with_shared
def now(shared: Shared, patience: float) -> int:
    """Exchange everything with central now, whether or not the kiosk runs."""
    settings, clock = settings_of(shared), SystemClock()
    with opened_store(settings, clock) as store:
        _need_membership(store)
        engine = engine_of(store, line_of(settings, clock), clock)
        with closing(engine):
            done = _exchange(engine, clock, clock.monotonic() + patience)
            shown = engine.status()
    text = "Everything was exchanged." if done else f"Not everything was exchanged ({shown.trouble or 'time ran out'})."
    answer(shared, {"done": done} | _fields(shown), text)
    return 0 if done else 1


@command.command("pair", epilog="\b\nExample:\n  kiosk sync pair https://central.example")
@click.argument("url", required=False)
@with_shared
def pair(shared: Shared, url: str | None) -> int:
    """Ask the central server at URL [default: sync.url of the settings] to take this kiosk into its fleet.

    A code and the kiosk's fingerprint are shown until an admin has confirmed them on central's page of kiosks.
    """
    settings, clock = settings_of(shared), SystemClock()
    if not (url or settings.sync.url):
        raise BadSettings("give the address of the central server, or set sync.url in the settings")
    address, line = base_of(url or settings.sync.url), line_of(settings, clock)
    with opened_store(settings, clock) as store, closing(line.dial(address, None, NEVER.is_set)) as central:
        pairing = Pairing(central, store.membership, clock, address)
        shown = pairing.ask()
        _invite(shared, shown)
        shown = waited(pairing, clock, shown)
        is_paired, waiting = shown.state is PairingState.CONFIRMED, store.outbox.waiting().waiting
    text = f"Paired; {waiting:,} items wait to be sent." if is_paired else f"Not paired: the code was {shown.state}."
    answer(shared, {"paired": is_paired, "state": shown.state.value, "waiting": waiting}, text)
    return 0 if is_paired else 1


@command.command("unpair", epilog="\b\nExample:\n  kiosk sync unpair --yes")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@click.option("--offline", is_flag=True, help="Leave without telling central, which then goes on waiting for us.")
@with_shared
def leave(shared: Shared, yes: bool, offline: bool) -> int:
    """Leave the fleet. Whoever was enrolled elsewhere goes from this kiosk; whoever was enrolled here stays."""
    settings, clock = settings_of(shared), SystemClock()
    with opened_store(settings, clock) as store:
        member = _need_membership(store)
        waiting = store.outbox.waiting().waiting
        question = (
            f"Leave {member}? Everybody who was enrolled elsewhere goes from this kiosk with their passes, "
            f"and {waiting:,} items that wait are not sent."
        )
        if not yes and not confirmed(question):
            answer(shared, {"unpaired": False, "gone": 0}, "Nothing was changed.")
            return 1
        with _central(store, line_of(settings, clock), offline=offline) as central:
            gone = unpair(central, store.membership, clock.utc())
    answer(shared, {"unpaired": True, "gone": gone}, f"This kiosk is on its own again; {gone:,} people went.")
    return 0


@command.command("retry", epilog="\b\nExample:\n  kiosk sync retry")
@with_shared
def retry(shared: Shared) -> int:
    """Send what central rejected once more."""
    with opened_store(settings_of(shared), SystemClock()) as store:
        count = store.outbox.revive()
    answer(shared, {"revived": count}, f"{count:,} rejected items wait to be sent again.")
    return 0


def engine_of(store: Store, line: Line, clock: Clock) -> Engine:
    """What a command exchanges with central by: it has nobody in memory, but the kiosk may run beside it."""
    here = Here(
        store.outbox,
        store.inbox,
        store.membership,
        clock,
        note=lambda kind: _journal(store, kind, clock),
        is_forgotten=lambda: not is_running(store.folder),  # that kiosk sends its receipts by itself
    )
    return Engine(here, lambda member: line.dial(member.url, signer_of(store.membership), NEVER.is_set), line.rhythm)


def _journal(store: Store, kind: str, clock: Clock) -> None:
    store.journal.note(kind, clock.utc())


def _exchange(engine: Engine, clock: Clock, until: float) -> bool:
    """Whether all was exchanged by then."""
    shown = Progress(clock, "exchanging")
    total = 1
    while clock.monotonic() < until:
        pause_s = engine.step(clock.monotonic())
        waiting, left = engine.status().waiting.waiting, engine.status().progress
        rest = waiting + (left.total - left.done if left is not None else 0)
        total = max(total, rest + 1)
        shown(total - rest - 1, total)
        if engine.is_idle() or engine.status().standing is not Standing.PAIRED:
            break
        clock.wait(NEVER, min(pause_s, max(0.0, until - clock.monotonic())))
    shown(total, total)
    return engine.is_idle() and engine.status().standing is Standing.PAIRED


def _invite(shared: Shared, shown: Invitation) -> None:
    """What an admin needs, on stderr: stdout has the answer alone."""
    if shared.json:
        note(f"code {shown.code}, fingerprint {shown.fingerprint}, {shown.link}")
        return
    note(qr_text(shown.link))
    note(f"  Code         {shown.code}\n  Fingerprint  {shown.fingerprint}\n  Confirm at   {shown.link}")
    note("Waiting until an admin has confirmed it …")


def waited(pairing: Pairing, clock: Clock, shown: Invitation) -> Invitation:
    """What became of it. A network that fails meanwhile is waited for."""
    until = clock.monotonic() + WAITED_S
    while shown.state is PairingState.WAITING and clock.monotonic() < until:
        clock.wait(NEVER, POLL_S)
        with suppress(SyncError):
            shown = pairing.claim()
    return shown


def qr_text(text: str) -> str:
    """A QR code of half blocks, dark on light as terminals mostly are not: inverted."""
    modules = ~qr_modules(text)
    rows = [modules[at : at + 2] for at in range(0, len(modules), 2)]
    pairs = [zip(row[0], row[1] if len(row) > 1 else row[0] ^ row[0], strict=True) for row in rows]
    return "\n".join("".join(HALF[bool(upper), bool(lower)] for upper, lower in pair) for pair in pairs)


@contextmanager
def _central(store: Store, line: Line, *, offline: bool) -> Iterator[Central | None]:
    member = store.membership.member()
    if offline or member is None:
        yield None
        return
    with closing(line.dial(member.url, signer_of(store.membership), NEVER.is_set)) as central:
        yield central


def _need_membership(store: Store) -> str:
    member = store.membership.member()
    if member is None:
        raise Refused("this kiosk is not paired; pair it with `kiosk sync pair URL`")
    return member.url


def _fields(shown: Status) -> dict[str, object]:
    return {
        "standing": shown.standing.value,
        "url": shown.url or None,
        "site": shown.site or None,
        "name": shown.name or None,
        "contact_utc": _moment(shown.contact_utc),
        "waiting": shown.waiting.waiting,
        "oldest_utc": _moment(shown.waiting.oldest_utc),
        "dead": shown.waiting.dead,
        "trouble": shown.trouble or None,
        "dead_letters": [
            {"id": one.id, "kind": one.kind, "reason": one.reason, "at_utc": one.at_utc.isoformat()}
            for one in shown.letters
        ],
    }


def _sentences(shown: Status) -> str:
    if shown.standing is not Standing.PAIRED:
        out = "This kiosk was taken out of the fleet." if shown.standing is Standing.REVOKED else "This kiosk is alone."
        return f"{out} Pair it with `kiosk sync pair URL`."
    waiting = shown.waiting
    oldest = f", the oldest since {waiting.oldest_utc:%Y-%m-%d %H:%M} UTC" if waiting.oldest_utc else ""
    lines = [
        f"Paired with {shown.url} as {shown.name}, site {shown.site or '-'}",
        f"  last contact  {f'{shown.contact_utc:%Y-%m-%d %H:%M} UTC' if shown.contact_utc else 'none yet'}",
        f"  waiting       {waiting.waiting:,}{oldest}",
        f"  rejected      {waiting.dead:,}",
    ]
    lines += [f"    {one.at_utc:%Y-%m-%d %H:%M}  {one.kind}: {one.reason or '-'}" for one in shown.letters]
    return "\n".join(lines)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
