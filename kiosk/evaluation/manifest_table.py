"""Writes a measured score table into a models manifest, and leaves everything else in it as it stands."""

import re
from pathlib import Path

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import ScoreTable

_BLOCK = re.compile(r"(?m)^(\[model\.embedding\.score_table\][^\n]*\n)(?:(?:fmr|score)\s*=\s*\[[^\]]*\][^\n]*\n?){2}")


def table_text(table: ScoreTable) -> str:
    """The two lines of the table as TOML."""
    fmr = ", ".join(f"{rate:g}" for rate in table.fmr)
    score = ", ".join(f"{value:.5f}" for value in table.score)
    return f"fmr = [{fmr}]\nscore = [{score}]\n"


def write_table(table: ScoreTable, manifest: Path) -> None:
    """Put the table in the place of the one in that manifest. Raises BadInput, and then changes nothing."""
    try:
        text = manifest.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{manifest} can't be read; give the manifest.toml of the models folder.") from error
    changed, places = _BLOCK.subn(lambda found: found[1] + table_text(table), text)
    if places != 1:
        raise BadInput(
            f"{manifest} has no table [model.embedding.score_table] with the lines fmr and score; give another file."
        )
    draft = manifest.with_name(manifest.name + ".new")
    try:
        draft.write_text(changed, encoding="utf-8")
        draft.replace(manifest)
    except OSError as error:
        raise BadInput(f"{manifest} can't be written: {error.strerror}.") from error
