"""Writes measured score tables into a models manifest, and leaves everything else in it as it stands."""

import re
from pathlib import Path

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import MissTable, ScoreTable

PHOTOGRAPHS = "score_table"
TEMPLATES = "gallery_table"
MISSES = "miss_table"


def table_text(table: ScoreTable) -> str:
    """The two lines of the table as TOML; scores are rounded up, so that no rate is missed by rounding."""
    fmr = ", ".join(f"{rate:g}" for rate in table.fmr)
    score = ", ".join(f"{value + 4e-6:.5f}" for value in table.score)
    return f"fmr = [{fmr}]\nscore = [{score}]\n"


def write_tables(tables: dict[str, ScoreTable], manifest: Path) -> tuple[str, ...]:
    """Put each table in the place of the one of that name, where there is one; the names that were written.

    Raises BadInput, and then changes nothing.
    """
    text = _text(manifest)
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


def write_misses(table: MissTable, manifest: Path) -> None:
    """Put the table of misses behind the table of templates, in the place of the one that is there.

    Raises BadInput, and then changes nothing.
    """
    score = ", ".join(f"{value:.5f}" for value in table.score)
    fnmr = ", ".join(f"{rate:.5f}" for rate in table.fnmr)
    header = f"[model.embedding.{MISSES}] # share of known visitors below each score; made by `kiosk evaluate trust`"
    block = f"{header}\nscore = [{score}]\nfnmr = [{fnmr}]\n"
    text = _text(manifest)
    old = re.compile(rf"(?m)^\[model\.embedding\.{MISSES}\][^\n]*\n(?:(?:score|fnmr)\s*=\s*\[[^\]]*\][^\n]*\n?){{2}}")
    if old.search(text):
        _replace(manifest, old.sub(lambda _: block, text))
        return
    behind = _block(TEMPLATES).search(text)
    if behind is None:
        raise BadInput(
            f"{manifest} has no table [model.embedding.{TEMPLATES}]; run kiosk evaluate scores --write first."
        )
    _replace(manifest, text[: behind.end()].rstrip() + "\n\n" + block + text[behind.end() :])


def _text(manifest: Path) -> str:
    try:
        return manifest.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{manifest} can't be read; give the manifest.toml of the models folder.") from error


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
