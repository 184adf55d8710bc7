"""`kiosk pass …`: QR passes, issued, checked and withdrawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from kiosk.app import embedding_in_use, open_desk, registry_of
from kiosk.cli.opening import open_eyes, opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.pass_keys import drop_key, keys, roll_key
from kiosk.cli.people import CHANNEL, WHO, person_of
from kiosk.cli.periods import period
from kiosk.cli.photos import embedding_of
from kiosk.cli.shared import Group, Shared, with_shared
from kiosk.domain.errors import BadImage, BadInput, PassRefused, Refused
from kiosk.domain.people import Consent, PassClaims, PassKind
from kiosk.identity.enrolment import fuse_embeddings
from kiosk.passes import token
from kiosk.passes.drawing import draw_png
from kiosk.passes.reading import read_codes
from kiosk.passes.token import is_pass
from kiosk.runtime.clock import SystemClock
from kiosk.screens.words import CARRIED_VERSION, LANGUAGE
from kiosk.settings import Settings
from kiosk.store import Store
from kiosk.vision.reading import load_image

HOUR = timedelta(hours=1)

EXAMPLES = """\b
Examples:
  kiosk pass issue "Ada Lovelace" --valid 8h --png ada.png
  kiosk pass carry --photo ada1.jpg --photo ada2.jpg --consent --png ada.png
  kiosk pass check ada.png
  kiosk pass revoke 01941f29-7c00-7000-8000-0123456789ab
"""


@click.group("pass", cls=Group, epilog=EXAMPLES)
def command() -> None:
    """Issue, check and withdraw QR passes."""


@command.command(
    "issue", epilog=f"{WHO}\n\n\b\nExample:\n  kiosk pass issue 3fk2c7q5xw1m8b4d --valid 7d --png pass.png"
)
@click.argument("person", metavar="PERSON")
@click.option("--valid", metavar="TIME", help="How long: 90m, 8h, 7d, 2w [default: from the settings].")
@click.option("--single-use", is_flag=True, help="Good for one visit only.")
@click.option("--png", type=click.Path(path_type=Path), metavar="F", required=True, help="Where to draw the QR code.")
@with_shared
def issue(shared: Shared, person: str, valid: str | None, single_use: bool, png: Path) -> int:
    """Issue a new pass for a person and draw it as a QR code."""
    settings = settings_of(shared)
    hours = _hours(valid)
    with _appearing(png) as draft, open_desk(settings, SystemClock()) as desk:
        found = person_of(desk.store, person)
        text = desk.issue(found, hours, single_use=single_use)
        draw_png(text, draft)
        issued = desk.store.passes.passes_of(found.id)[0]
    fields = {
        "pass": issued.id,
        "person": found.id,
        "name": found.name,
        "not_before_utc": issued.not_before_utc.isoformat(),
        "expires_utc": issued.expires_utc.isoformat(),
        "single_use": issued.single_use,
        "png": str(png),
    }
    until = f"{issued.expires_utc:%Y-%m-%d %H:%M} UTC"
    answer(shared, fields, f"Pass {issued.id} for {found.name}, valid until {until}, is in {png}.")
    return 0


@command.command(
    "carry", epilog="\b\nExample:\n  kiosk pass carry --photo ada1.jpg --photo ada2.jpg --consent --png pass.png"
)
@click.option(
    "--photo",
    "photos",
    type=click.Path(path_type=Path),
    metavar="F",
    multiple=True,
    required=True,
    help="A photograph of exactly one face; give several for a better template.",
)
@click.option("--consent", is_flag=True, help="The person has agreed. Without it no pass is made.")
@click.option("--valid", metavar="TIME", help="How long: 90m, 8h, 7d, 2w [default: from the settings].")
@click.option("--single-use", is_flag=True, help="Good for one visit only.")
@click.option("--png", type=click.Path(path_type=Path), metavar="F", required=True, help="Where to draw the QR code.")
@with_shared
def carry(
    shared: Shared,
    /,
    photos: tuple[Path, ...],
    consent: bool,
    png: Path,
    **how: Any,  # noqa: ANN401 - see above
) -> int:
    """Make a pass that carries its bearer's own encrypted template. Nothing about them is kept, not even a name."""
    if not consent:
        raise Refused("no pass is made without the person's consent; ask for it, then add --consent.")
    settings, clock = settings_of(shared), SystemClock()
    eyes, hours = open_eyes(settings), _hours(how["valid"])
    template = fuse_embeddings([embedding_of(eyes, one) for one in photos], eyes.model.score_table, settings.identity)
    given = Consent(CARRIED_VERSION, LANGUAGE, clock.utc(), CHANNEL)
    with _appearing(png) as draft, open_desk(settings, clock) as desk:
        draw_png(desk.carry(given, template, hours, single_use=how["single_use"]), draft)
    answer(shared, {"kind": "carried", "png": str(png)}, f"The pass is in {png}: the only copy. Nothing else was kept.")
    return 0


@command.command("check", epilog="\b\nExample:\n  kiosk pass check photo-of-pass.jpg --json")
@click.argument("file", type=click.Path(path_type=Path), metavar="F")
@with_shared
def check(shared: Shared, file: Path) -> int:
    """Say whether the QR pass on a picture is valid now. Exit code 0: it is; 1: it is not, with the reason."""
    settings = settings_of(shared)
    text = _code_on(file, settings)
    with opened_store(settings, SystemClock()) as store:
        registry = registry_of(store, settings, embedding_in_use(settings).name)
        try:
            claims = registry.check(text, store.seen.reckon())
        except PassRefused as refused:
            fields = {"valid": False, "reason": refused.reason.value, "sentence": str(refused)}
            answer(shared, fields, f"Refused: {refused}.")
            return 1
        name = store.people.find(claims.person).name if claims.person else None
    answer(shared, {"valid": True, "reason": None} | _fields(claims, name), _valid(claims, name))
    return 0


@command.command("revoke", epilog="\b\nExample:\n  kiosk pass revoke 01941f29-7c00-7000-8000-0123456789ab")
@click.argument("pass_id", metavar="[PASS]", required=False)
@click.option("--pass-png", type=click.Path(path_type=Path), metavar="F", help="The pass itself, on a picture.")
@with_shared
def revoke(shared: Shared, pass_id: str | None, pass_png: Path | None) -> int:
    """Withdraw a pass; `kiosk people show` lists a person's passes.

    A carried pass is known to nobody but its bearer: it can be withdrawn only with --pass-png.
    """
    if (pass_id is None) == (pass_png is None):
        raise BadInput("give either the id of a pass or --pass-png F.")
    settings, clock = settings_of(shared), SystemClock()
    with opened_store(settings, clock) as store:
        if pass_png is not None:
            pass_id = _withdraw(store, _code_on(pass_png, settings), settings)
        elif pass_id is not None:
            store.passes.revoke(pass_id, clock.utc())
    answer(shared, {"pass": pass_id, "revoked": True}, f"Pass {pass_id} is withdrawn.")
    return 0


def _withdraw(store: Store, text: str, settings: Settings) -> str:
    """Make the pass of that code worthless; the id it says. Raises PassRefused for a code that was never good here."""
    now = store.seen.reckon()
    sites = store.membership.sites() | {settings.kiosk.site}
    claims = token.check(text, store.secrets.good_keys(), sites, now)
    if claims.kind is PassKind.CARRIED:
        store.passes.withdraw(claims, now.utc)
    else:
        store.passes.revoke(claims.pass_id, now.utc)
    return claims.pass_id


for extra in (keys, roll_key, drop_key):
    command.add_command(extra)


def _hours(valid: str | None) -> float | None:
    return None if valid is None else period(valid) / HOUR


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A place beside `path` to draw on, moved there when all went well. Raises BadInput before anything is stored."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder; give the name of a file to draw the pass in.")
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".pass-") as folder:
            draft = Path(folder) / "pass.png"
            yield draft
            draft.replace(path)
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}; choose another place for the pass.") from error


def _code_on(file: Path, settings: Settings) -> str:
    codes = read_codes(load_image(file), settings.codes)
    if not codes:
        raise BadImage(f"{file}: there is no readable QR code on it; hold it flat, in good light, and closer.")
    return next((code for code in codes if is_pass(code)), codes[0])


def _fields(claims: PassClaims, name: str | None) -> dict[str, object]:
    return {
        "kind": claims.kind.value,
        "pass": claims.pass_id,
        "person": claims.person or None,
        "name": name,
        "not_before_utc": claims.not_before_utc.isoformat(),
        "expires_utc": claims.expires_utc.isoformat(),
        "single_use": claims.single_use,
    }


def _valid(claims: PassClaims, name: str | None) -> str:
    whose = "a pass that carries its bearer's template" if name is None else f"the pass of {name}"
    once = ", for one visit" if claims.single_use else ""
    return f"Valid: {whose}, until {claims.expires_utc:%Y-%m-%d %H:%M} UTC{once}."
