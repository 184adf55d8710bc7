"""`kiosk pass …`: QR passes, issued, checked and withdrawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from kiosk.app import open_desk
from kiosk.cameras.reading import load_image
from kiosk.cli.opening import opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.people import WHO, person_of
from kiosk.cli.periods import period
from kiosk.cli.shared import Group, Shared, with_shared
from kiosk.domain.errors import BadImage, BadInput, PassRefused
from kiosk.domain.people import PassClaims
from kiosk.parts.gate import Registry
from kiosk.passes.drawing import draw_png
from kiosk.passes.reading import read_codes
from kiosk.passes.token import is_pass
from kiosk.runtime.clock import SystemClock
from kiosk.settings import Settings

HOUR = timedelta(hours=1)

EXAMPLES = """\b
Examples:
  kiosk pass issue "Ada Lovelace" --valid 8h --png ada.png
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
@click.option("--png", type=click.Path(path_type=Path), metavar="F", required=True, help="Where to draw the QR code.")
@with_shared
def issue(shared: Shared, person: str, valid: str | None, png: Path) -> int:
    """Issue a new pass for a person and draw it as a QR code."""
    settings = settings_of(shared)
    hours = None if valid is None else period(valid) / HOUR
    with _appearing(png) as draft, open_desk(settings, SystemClock()) as desk:
        found = person_of(desk.store, person)
        text = desk.issue(found, hours)
        draw_png(text, draft)
        issued = desk.store.passes.passes_of(found.id)[0]
    fields = {
        "pass": issued.id,
        "person": found.id,
        "name": found.name,
        "not_before_utc": issued.not_before_utc.isoformat(),
        "expires_utc": issued.expires_utc.isoformat(),
        "png": str(png),
    }
    until = f"{issued.expires_utc:%Y-%m-%d %H:%M} UTC"
    answer(shared, fields, f"Pass {issued.id} for {found.name}, valid until {until}, is in {png}.")
    return 0


@command.command("check", epilog="\b\nExample:\n  kiosk pass check photo-of-pass.jpg --json")
@click.argument("file", type=click.Path(path_type=Path), metavar="F")
@with_shared
def check(shared: Shared, file: Path) -> int:
    """Say whether the QR pass on a picture is valid now. Exit code 0: it is; 1: it is not, with the reason."""
    settings, clock = settings_of(shared), SystemClock()
    text = _code_on(file, settings)
    with opened_store(settings, clock) as store:
        registry = Registry((store.secrets.pass_key(),), settings.kiosk.site, store.passes, store.people)
        try:
            claims = registry.check(text, clock.utc())
        except PassRefused as refused:
            fields = {"valid": False, "reason": refused.reason.value, "sentence": str(refused)}
            answer(shared, fields, f"Refused: {refused}.")
            return 1
        name = store.people.find(claims.person).name
    answer(shared, {"valid": True, "reason": None} | _fields(claims, name), _valid(claims, name))
    return 0


@command.command("revoke", epilog="\b\nExample:\n  kiosk pass revoke 01941f29-7c00-7000-8000-0123456789ab")
@click.argument("pass_id", metavar="PASS")
@with_shared
def revoke(shared: Shared, pass_id: str) -> int:
    """Withdraw a pass; `kiosk people show` lists a person's passes."""
    clock = SystemClock()
    with opened_store(settings_of(shared), clock) as store:
        known = store.passes.pass_of(pass_id)
        store.passes.revoke(known.id, clock.utc())
    answer(shared, {"pass": pass_id, "revoked": True}, f"Pass {pass_id} is withdrawn.")
    return 0


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


def _fields(claims: PassClaims, name: str) -> dict[str, object]:
    return {
        "pass": claims.pass_id,
        "person": claims.person,
        "name": name,
        "not_before_utc": claims.not_before_utc.isoformat(),
        "expires_utc": claims.expires_utc.isoformat(),
    }


def _valid(claims: PassClaims, name: str) -> str:
    return f"Valid: the pass of {name}, until {claims.expires_utc:%Y-%m-%d %H:%M} UTC."
