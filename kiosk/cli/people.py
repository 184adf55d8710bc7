"""`kiosk people …`: who is enrolled, and enrolling from photographs."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kiosk.app import open_desk
from kiosk.cli.opening import open_eyes, opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.photos import embedding_of
from kiosk.cli.shared import Group, Shared, with_shared
from kiosk.domain.errors import NotFound, Refused
from kiosk.domain.people import Consent, NewPerson, Person
from kiosk.domain.sight import Embedding
from kiosk.identity.calibration import Options
from kiosk.identity.enrolment import fuse_embeddings, lookalike
from kiosk.parts.desk import Desk
from kiosk.runtime.clock import SystemClock
from kiosk.screens.words import LANGUAGE, PICTURELESS_VERSION
from kiosk.settings import Settings
from kiosk.store import Store
from kiosk.vision import Pipeline

CHANNEL = "command-line"

EXAMPLES = """\b
Examples:
  kiosk people list
  kiosk people add "Ada Lovelace" --photo ada1.jpg --photo ada2.jpg --consent
  kiosk people remove "Ada Lovelace" --yes
"""
EXAMPLES_ADD = """\b
Examples:
  kiosk people add "Ada Lovelace" --photo ada.jpg --consent
  kiosk people add "Ada Lovelace" --photo 1.jpg --photo 2.jpg --photo 3.jpg --consent --json
"""
WHO = "A person is given by the id that `kiosk people list` shows, or by a full name that only one of them has."


@click.group("people", cls=Group, epilog=EXAMPLES)
def command() -> None:
    """List, show, add and remove people."""


@command.command("list", epilog="\b\nExample:\n  kiosk people list --json")
@with_shared
def list_people(shared: Shared) -> int:
    """List the people enrolled, in order of enrolment."""
    settings = settings_of(shared)
    with opened_store(settings, SystemClock()) as store:
        people = store.people.everybody()
    lines = [f"{person.id}  {_day(person)}  {person.name}" for person in people]
    answer(shared, {"people": [_fields(person) for person in people]}, "\n".join(lines) or "Nobody is enrolled.")
    return 0


@command.command("show", epilog="\b\nExample:\n  kiosk people show 3fk2c7q5xw1m8b4d")
@click.argument("person", metavar="ID")
@with_shared
def show(shared: Shared, person: str) -> int:
    """Show what is kept about one person: dates, consents and passes, but never a face."""
    with opened_store(settings_of(shared), SystemClock()) as store:
        found = person_of(store, person)
        consents, passes = store.people.consents(found.id), store.passes.passes_of(found.id)
        templates, corrections = store.people.template_models(found.id), store.people.corrections(found.id)
        pictured = store.people.chip_of(found.id) is not None
    fields: dict[str, object] = _fields(found)
    fields["consents"] = [
        {"text": c.text_version, "language": c.language, "given_utc": c.given_utc.isoformat(), "channel": c.channel}
        for c in consents
    ]
    fields["passes"] = [
        {
            "pass": p.id,
            "not_before_utc": p.not_before_utc.isoformat(),
            "expires_utc": p.expires_utc.isoformat(),
            "revoked_utc": p.revoked_utc.isoformat() if p.revoked_utc else None,
        }
        for p in passes
    ]
    fields["templates"] = [{"model": model, "samples": samples} for model, samples in templates]
    fields["picture"] = pictured
    fields["corrections"] = [{"id": number, "made_utc": made.isoformat()} for number, made in corrections]
    lines = [f"{found.name}", f"  id        {found.id}", f"  enrolled  {_day(found)}"]
    lines += [
        f"  consent   {c.given_utc:%Y-%m-%d}, text {c.text_version} ({c.language}), {c.channel}" for c in consents
    ]
    lines += [
        f"  pass      {p.id}, until {p.expires_utc:%Y-%m-%d %H:%M} UTC{', withdrawn' if p.revoked_utc else ''}"
        for p in passes
    ]
    lines += [f"  template  {model}, of {_count(samples)}" for model, samples in templates]
    lines += [f"  picture   {'kept, encrypted' if pictured else 'none'}"]
    lines += [f"  not them  {number}, said on {made:%Y-%m-%d}" for number, made in corrections]
    answer(shared, fields, "\n".join(lines))
    return 0


@command.command("readmit", epilog="\b\nExample:\n  kiosk people readmit 5f0c2a7e9b1d4c3e8a6f0b2d4c6e8a0f")
@click.argument("correction", metavar="ID")
@with_shared
def readmit(shared: Shared, correction: str) -> int:
    """Take a "not this person" back; `kiosk people show` lists them. A kiosk that runs learns of it when restarted."""
    clock = SystemClock()
    with opened_store(settings_of(shared), clock) as store:
        store.people.readmit(correction, clock.utc())
    answer(shared, {"readmitted": correction}, "That face may match that person again.")
    return 0


@command.command("add", epilog=EXAMPLES_ADD)
@click.argument("name")
@click.option(
    "--photo",
    "photos",
    type=click.Path(path_type=Path),
    metavar="F",
    multiple=True,
    required=True,
    help="A photograph of exactly one face; give several for a better template.",
)
@click.option("--consent", is_flag=True, help="The person has agreed to being enrolled. Without it nothing is stored.")
@click.option("--duplicate-ok", is_flag=True, help="Enrol even somebody who looks like a person already enrolled.")
@with_shared
def add(shared: Shared, name: str, photos: tuple[Path, ...], consent: bool, duplicate_ok: bool) -> int:
    """Enrol somebody from one or more photographs."""
    if not consent:
        raise Refused("nobody is enrolled without their consent; ask for it, then add --consent.")
    settings, clock = settings_of(shared), SystemClock()
    eyes = open_eyes(settings)
    template = _fused(eyes, photos, settings.identity)
    with open_desk(settings, clock) as desk:
        if not duplicate_ok:
            _refuse_duplicate(desk, template, eyes, settings)
        given = Consent(PICTURELESS_VERSION, LANGUAGE, clock.utc(), CHANNEL)
        person = desk.enrol(NewPerson(name, given, (template,), len(photos)))
    fields = _fields(person) | {"photos": len(photos)}
    answer(shared, fields, f"Enrolled {person.name} from {_count(len(photos))}; id {person.id}.")
    return 0


@command.command("remove", epilog="\b\nExample:\n  kiosk people remove 3fk2c7q5xw1m8b4d --yes")
@click.argument("person", metavar="ID")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@with_shared
def remove(shared: Shared, person: str, yes: bool) -> int:
    """Remove a person with their name, templates and passes. There is no way back."""
    with open_desk(settings_of(shared), SystemClock()) as desk:
        found = person_of(desk.store, person)
        if not yes and not _confirmed(found):
            answer(shared, {"removed": False, "id": found.id}, "Nothing was removed.")
            return 1
        desk.erase(found.id)
    answer(shared, {"removed": True, "id": found.id}, f"Removed {found.name} and everything kept about them.")
    return 0


@command.command("rename", epilog='\b\nExample:\n  kiosk people rename 3fk2c7q5xw1m8b4d "Ada King"')
@click.argument("person", metavar="ID")
@click.argument("name")
@with_shared
def rename(shared: Shared, person: str, name: str) -> int:
    """Give a person another name."""
    clock = SystemClock()
    if not name.strip():
        raise Refused("a name is needed; nothing was changed")
    with opened_store(settings_of(shared), clock) as store:
        found = store.people.rename(person_of(store, person).id, name.strip(), clock.utc())
    answer(shared, _fields(found), f"{found.id} is called {found.name} now.")
    return 0


def person_of(store: Store, who: str) -> Person:
    """The person of that id, or of that name if only one has it. Raises NotFound."""
    people = store.people.everybody()
    found = [person for person in people if person.id == who] or [person for person in people if person.name == who]
    if not found:
        raise NotFound("nobody with that id or name is enrolled; see `kiosk people list`.")
    if len(found) > 1:
        raise NotFound(f"{len(found)} people have that name; give an id from `kiosk people list`.")
    return found[0]


def _fused(eyes: Pipeline, photos: Sequence[Path], options: Options) -> Embedding:
    embeddings = [embedding_of(eyes, photo) for photo in photos]
    return fuse_embeddings(embeddings, eyes.model.score_table, options)


def _refuse_duplicate(desk: Desk, template: Embedding, eyes: Pipeline, settings: Settings) -> None:
    match = lookalike(desk.gallery(), template, eyes.model.gallery_table, settings.identity)
    if match is not None:
        raise Refused(
            f"somebody who looks like this is enrolled already (id {match.person}); add --duplicate-ok to go on."
        )


def _confirmed(person: Person) -> bool:
    """Asked on stderr, so that stdout holds nothing but the answer."""
    if not sys.stdin.isatty():
        raise Refused("nothing was removed, since nobody is there to confirm it; add --yes to go on.")
    return click.confirm(f"Remove {person.name} ({person.id}) and everything kept about them?", err=True)


def _fields(person: Person) -> dict[str, object]:
    return {"id": person.id, "name": person.name, "enrolled_utc": person.enrolled_utc.isoformat()}


def _day(person: Person) -> str:
    return f"{person.enrolled_utc:%Y-%m-%d}"


def _count(photos: int) -> str:
    return "1 photograph" if photos == 1 else f"{photos} photographs"
