"""`kiosk compare A B`: the same person, or not."""

from pathlib import Path

import click

from kiosk.cli.odds import odds, one_in
from kiosk.cli.opening import open_eyes, settings_of
from kiosk.cli.output import answer
from kiosk.cli.photos import embedding_of
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.identity.calibration import claim_threshold

EXAMPLES = """\b
Examples:
  kiosk compare passport.jpg visitor.jpg
  kiosk compare a.jpg b.jpg --json
"""


@click.command("compare", cls=Command, epilog=EXAMPLES)
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@with_shared
def command(shared: Shared, a: Path, b: Path) -> int:
    """Say whether two photographs show the same person.

    Each must show exactly one face. Exit code 0: the same person; 1: not, or not surely enough.
    """
    settings = settings_of(shared)
    eyes = open_eyes(settings)
    table = eyes.model.score_table
    threshold = claim_threshold(table, settings.identity)
    score = embedding_of(eyes, a).similarity(embedding_of(eyes, b))
    same = score >= threshold
    verdict = "The same person" if same else "Not the same person, or not surely enough"
    asked = one_in(settings.identity.pass_level.rate)
    fields = {
        "same": same,
        "score": round(score, 6),
        "threshold": round(threshold, 6),
        "fmr_at_score": table.fmr_of(score),
        "fmr_at_threshold": settings.identity.pass_level.rate,
        "model": eyes.model.name,
    }
    answer(shared, fields, f"{verdict}: {odds(score, table)}; {asked} or fewer are asked for.")
    return 0 if same else 1
