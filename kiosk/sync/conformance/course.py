"""The whole course: pair three test kiosks, try one promise after another, take back what can be taken back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

from kiosk.domain.errors import KioskError, Refused, SyncError
from kiosk.domain.ports import Clock
from kiosk.sync.conformance import asking, hearing, leaving, telling
from kiosk.sync.conformance.findings import Finding, need
from kiosk.sync.conformance.probe import Dial, Probe
from kiosk.sync.conformance.trial import Trial
from kiosk.sync.pairing import POLL_S, WAITED_S
from kiosk.wire.pairing import PairingState
from kiosk.wire.standing import Invitation

Check = Callable[[Trial], None]
CHECKS: dict[str, Check] = {
    "signature-needed": asking.signature_is_needed,
    "signature-covers-all": asking.signature_covers_all,
    "token-unknown": asking.token_is_needed,
    "counter-grows": asking.counter_only_grows,
    "json": asking.json_works,
    "version-named": asking.version_is_named,
    "bombs-refused": asking.bombs_are_refused,
    "floods-refused": asking.floods_are_refused,
    "events-once": telling.events_are_one,
    "items-alone": telling.items_stand_alone,
    "people-come-back": telling.people_come_back,
    "consent-needed": telling.consent_is_needed,
    "edits-travel": telling.edits_travel,
    "conflicts-kept": telling.conflicts_are_kept,
    "passes-travel": telling.passes_travel,
    "passes-end": telling.passes_end_for_good,
    "keys-own": telling.keys_are_ones_own,
    "sites-apart": telling.sites_are_apart,
    "pages-same": hearing.pages_are_the_same,
    "cursors-reset": hearing.other_cursors_reset,
    "erasure-wins": hearing.erasure_wins,
    "tombstones-first": hearing.tombstones_come_first,
    "receipts": hearing.receipts_end_it,
    "heart-beat": hearing.beats_are_answered,
    "stream-wakes": hearing.stream_wakes,
    "claims-end": leaving.claims_end,
    "tokens-overlap": leaving.tokens_overlap,
    "cleaned-up": leaving.forget,
    "leaving-ends": leaving.leaving_is_the_end,
}
PAIRING = "pairing-signed"
KIOSKS = 3


@dataclass(frozen=True, slots=True)
class Desk:
    """How an admin hears of a kiosk that asks: `invite` shows it, with its number."""

    dial: Dial
    clock: Clock
    invite: Callable[[int, Invitation], None]

    def joined(self, number: int) -> Probe:
        """A test kiosk that was confirmed. Raises Refused where it was not, SyncError, NotKept."""
        probe = Probe(self.dial, self.clock)
        shown = probe.ask()
        self.invite(number, shown)
        never, until = Event(), self.clock.monotonic() + WAITED_S
        while True:
            claimed = probe.claim(shown.id)
            if claimed.credentials is not None:
                break
            if claimed.state is not PairingState.WAITING or self.clock.monotonic() >= until:
                raise Refused(f"test kiosk {number} was not confirmed ({claimed.state}); start again")
            self.clock.wait(never, POLL_S)
        probe.join(claimed.credentials, shown.id)
        return probe


def course(desk: Desk) -> Iterator[Finding]:
    """What is found of each promise, as it is found. Raises Refused where nobody confirms, SyncError before that."""
    trial = Trial(desk.joined(1), desk.joined(2), desk.joined(3), desk.clock)
    sites = [probe.member.site for probe in (trial.first, trial.second, trial.third)]
    need(sites[0] == sites[1], "confirm test kiosks 1 and 2 with the same site")
    need(sites[2] not in (sites[0], ""), "confirm test kiosk 3 with another site than the other two")
    yield _found(PAIRING, asking.asking_is_signed, trial)
    for name, check in CHECKS.items():
        yield _found(name, check, trial)
    for probe in (trial.first, trial.second, trial.third):
        probe.line.close()


def _found(name: str, check: Check, trial: Trial) -> Finding:
    try:
        check(trial)
    except KioskError as error:
        return Finding(name, False, _sentence(error))
    return Finding(name, True, (check.__doc__ or "").strip())


def _sentence(error: KioskError) -> str:
    text = str(error)
    return text if isinstance(error, SyncError) else f"{text[:1].upper()}{text[1:]}."
