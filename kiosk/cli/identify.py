"""`kiosk identify F`: who of the people enrolled is on a photograph."""

from dataclasses import dataclass
from pathlib import Path

import click

from kiosk.cli.odds import odds
from kiosk.cli.opening import open_eyes, opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.photos import embedding_of
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Embedding
from kiosk.domain.verdict import Match, Outcome, Reason
from kiosk.identity.calibration import Options, levels_of, open_level, with_levels
from kiosk.identity.gallery import Gallery
from kiosk.runtime.clock import SystemClock
from kiosk.store import Store

EXAMPLES = """\b
Examples:
  kiosk identify visitor.jpg
  kiosk identify visitor.jpg --store ./store --json
"""

SENTENCES = {
    Reason.FACE_MATCHES: "This is {name}",
    Reason.NOT_SURE_ENOUGH: "Not sure enough: ask for the QR pass",
    Reason.NOBODY_SIMILAR: "Nobody who is enrolled here",
    Reason.NOBODY_ENROLLED: "Nobody is enrolled here yet",
    Reason.TWO_ALIKE: "Two people look like this: ask for the QR pass",
    Reason.TOO_MANY_PEOPLE: "Too many people are enrolled for a face alone: ask for the QR pass",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one photograph says: the answer, the nearest person's score and the score that was asked for."""

    outcome: Outcome
    reason: Reason
    nearest: Match | None = None
    threshold: float | None = None


@click.command("identify", cls=Command, epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path), metavar="F")
@with_shared
def command(shared: Shared, file: Path) -> int:
    """Say who of the people enrolled is on a photograph.

    It must show exactly one face. Exit code 0: recognised; 1: unknown, or not sure enough. Nothing is recorded.
    """
    settings = settings_of(shared)
    eyes = open_eyes(settings)
    probe = embedding_of(eyes, file)
    table = eyes.model.gallery_table
    with opened_store(settings, SystemClock()) as store:
        people, model = store.people, eyes.model
        templates = people.templates(model.name, model.dimension)
        gallery = Gallery.from_templates(templates, model.name, people.negatives(model.name))
        levels = store.policy.levels() or levels_of(settings.identity)
        finding = search(gallery, probe, table, with_levels(settings.identity, levels))
        _print(shared, store, finding, table)
    return 0 if finding.outcome is Outcome.RECOGNISED else 1


def search(gallery: Gallery, probe: Embedding, table: ScoreTable, options: Options) -> Finding:
    """One embedding against everybody, by the levels that the kiosk itself goes by."""
    if not gallery.size:
        return Finding(Outcome.UNKNOWN, Reason.NOBODY_ENROLLED)
    level = open_level(table, gallery.size, options)
    nearest, *others = gallery.rank(probe, most=2)
    if level is None:
        return Finding(Outcome.UNSURE, Reason.TOO_MANY_PEOPLE, nearest)
    rivals = gallery.worst_of(nearest.person, probe)
    if rivals.size and nearest.similarity <= float(rivals.max()) + level.margin:
        return Finding(Outcome.UNKNOWN, Reason.NOBODY_SIMILAR, None, level.threshold)
    if nearest.similarity >= level.threshold:
        apart = all(nearest.similarity - other.similarity >= level.margin for other in others)
        known, unsure = (Outcome.RECOGNISED, Reason.FACE_MATCHES), (Outcome.UNSURE, Reason.TWO_ALIKE)
        return Finding(*(known if apart else unsure), nearest, level.threshold)
    if nearest.similarity >= level.loose:
        return Finding(Outcome.UNSURE, Reason.NOT_SURE_ENOUGH, nearest, level.threshold)
    return Finding(Outcome.UNKNOWN, Reason.NOBODY_SIMILAR, nearest, level.threshold)


def _print(shared: Shared, store: Store, finding: Finding, table: ScoreTable) -> None:
    nearest = finding.nearest
    known = nearest if finding.outcome is Outcome.RECOGNISED else None
    name = store.people.find(known.person).name if known else None
    fields = {
        "outcome": finding.outcome.value,
        "reason": finding.reason.value,
        "person": known.person if known else None,
        "name": name,
        "score": round(nearest.similarity, 6) if nearest else None,
        "threshold": None if finding.threshold is None else round(finding.threshold, 6),
    }
    sentence = SENTENCES[finding.reason].format(name=name)
    if nearest:
        sentence += f" (nearest: {odds(nearest.similarity, table)})"
    answer(shared, fields, sentence + ".")
