"""What the documents promise is there, and what is there is documented."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kiosk.cli.root import root

ROOT = Path(__file__).resolve().parents[1]
SHARED = {"--json", "--store", "--config", "--help", "--version"}


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    if command.invoke_without_command:
        yield name, command
    context = click.Context(command)
    for part in command.list_commands(context):
        found = command.get_command(context, part)
        assert found is not None
        yield from commands(found, f"{name} {part}")


def sections() -> dict[str, str]:
    """The sections of commands.md by heading; the text before the first one is ''."""
    first, *others = re.split(r"^## ", (ROOT / "docs" / "commands.md").read_text(), flags=re.MULTILINE)
    return {"": first} | {part.partition("\n")[0]: part.partition("\n")[2] for part in others}


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def test_every_command_and_option_is_documented() -> None:
    documented = sections()
    found = dict(commands(root, "kiosk"))
    assert set(documented) - {""} == set(found)
    for name, command in found.items():
        unknown = {option for option in options_of(command) - SHARED if f"`{option}" not in documented[name]}
        assert not unknown, f"{name}: {unknown}"


def test_every_documented_option_exists() -> None:
    found = dict(commands(root, "kiosk"))
    for name, text in sections().items():
        promised = set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))
        assert promised <= (SHARED if not name else options_of(found[name])), name


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").rglob("*.md")])


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:kiosk|scripts|tests|docs|config|models|requirements)/[\w./-]+\.\w+|scripts/\w+)`", document.read_text()
    )
    assert [path for path in named if not (ROOT / path).exists() and "yours" not in path] == []


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{4}-[a-z-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_every_model_has_its_notice() -> None:
    notice = (ROOT / "NOTICE").read_text()
    assert [path.name for path in (ROOT / "models").glob("*.tflite") if f"models/{path.name}\n" not in notice] == []


def test_every_test_that_a_threat_is_held_by_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "threats.md").read_text(encoding="utf-8"))
    assert len(named) > 40
    for file, test in named:
        assert re.search(rf"def {test}\(", (ROOT / file).read_text(encoding="utf-8")), f"{file} has no {test}"
