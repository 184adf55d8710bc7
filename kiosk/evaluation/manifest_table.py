"""Writes measured score tables into a models manifest, and leaves everything else in it as it stands."""

import re
from pathlib import Path

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import ScoreTable

PHOTOGRAPHS = "score_table"
TEMPLATES = "gallery_table"


def table_text(table: ScoreTable) -> str:
    """The two lines of the table as TOML; scores are rounded up, so that no rate is missed by rounding."""
    fmr = ", ".join(f"{rate:g}" for rate in table.fmr)
    score = ", ".join(f"{value + 4e-6:.5f}" for value in table.score)
    return f"fmr = [{fmr}]\nscore = [{score}]\n"


def write_tables(tables: dict[str, ScoreTable], manifest: Path) -> tuple[str, ...]:
    """Put each table in the place of the one of that name, where there is one; the names that were written.

    Raises BadInput, and then changes nothing.
    """
    try:
        text = manifest.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{manifest} can't be read; give the manifest.toml of the models folder.") from error
    written = []
    for name, table in tables.items():
        text, places = _block(name).subn(lambda found, table=table: found[1] + table_text(table), text)  # type: ignore[misc]
        written += [name] * places
    if PHOTOGRAPHS not in written:
        raise BadInput(
            f"{manifest} has no table [model.embedding.{PHOTOGRAPHS}] with fmr and score; give another file."
        )
    _replace(manifest, text)
    return tuple(written)


def _block(name: str) -> re.Pattern[str]:
    header = rf"^(\[model\.embedding\.{name}\][^\n]*\n)"
    return re.compile(rf"(?m){header}(?:(?:fmr|score)\s*=\s*\[[^\]]*\][^\n]*\n?){{2}}")


def _replace(manifest: Path, text: str) -> None:
    draft = manifest.with_name(manifest.name + ".new")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(manifest)
    except OSError as error:
        raise BadInput(f"{manifest} can't be written: {error.strerror}.") from error
