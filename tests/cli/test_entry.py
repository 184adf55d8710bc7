"""The command line as a whole: help, shared options, exit codes, and what is never seen."""

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from kiosk.cli import main
from kiosk.cli.root import COMMANDS, root
from tests.cli.running import ROOT, kiosk, refused


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


EVERY_COMMAND = commands(root)


def test_help_names_every_command_and_every_exit_code() -> None:
    ran = kiosk("--help")
    assert ran.code == 0
    for name in COMMANDS:
        assert f"  {name} " in ran.out
    for code in range(5):
        assert f"{code} " in ran.out.partition("Exit codes:")[2]


def test_help_loads_nothing_heavy() -> None:
    listing = "import sys; from kiosk.cli import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, cwd=ROOT, check=True)
    for heavy in ("numpy", "cv2", "pygame", "ai_edge_litert", "sqlite_utils", "cryptography", "pydantic"):
        assert f"'{heavy}'" not in done.stderr


@pytest.mark.parametrize("path", EVERY_COMMAND, ids=" ".join)
def test_every_command_has_help_with_an_example_and_takes_the_shared_options(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Example" in text
    assert f"kiosk {path[0]}" in text.partition("Example")[2]
    for option in ("--json", "--store", "--config"):
        assert option in text


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_in_the_list_is_the_first_line_of_the_command(name: str) -> None:
    module, summary = COMMANDS[name]
    assert (import_module(module).command.help or "").splitlines()[0] == summary


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "--store", "{store}", "people", "list"),
        ("people", "--json", "--store", "{store}", "list"),
        ("people", "list", "--json", "--store", "{store}"),
        ("--store", "elsewhere-and-overruled", "people", "list", "--json", "--store", "{store}"),
    ],
)
def test_shared_options_go_before_or_after_the_command(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = kiosk(*(argument.format(store=tmp_path / "store") for argument in arguments))
    assert ran.json == {"people": []}
    assert (tmp_path / "store" / "kiosk.db").is_file()


def test_no_command_at_all_shows_the_help_and_fails() -> None:
    ran = kiosk()
    assert (ran.code, ran.out) == (2, "")
    assert "Commands:" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("compare", "one.jpg"), "Missing argument 'B'"),
        (("compare", "a", "b", "--frobnicate"), "No such option"),
        (("people", "add", "Name", "--consent"), "Missing option '--photo'"),
        (("detect",), "Missing argument 'F...'"),
        (("events", "--limit", "many"), "Invalid value for '--limit'"),
    ],
)
def test_a_command_that_is_not_understood_is_answered_in_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(kiosk(*arguments))


def hears_ctrl_c() -> None:
    """Programs that a shell starts in the background ignore it, and so would those that they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_a_command_without_a_traceback(tmp_path: Path, models_folder: Path) -> None:
    fifo = tmp_path / "never-written"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "kiosk", "people", "list", "--config", str(fifo)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, preexec_fn=hears_ctrl_c, **pipes) as process:
        writer = os.open(fifo, os.O_WRONLY)  # returns when the command has opened it and now waits for its text
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        os.close(writer)
    assert (process.returncode, out, err) == (130, "", "kiosk: stopped.\n")


def test_the_program_ends_with_the_exit_code_of_its_command(tmp_path: Path) -> None:
    for arguments, code in ((("people", "list"), 0), (("detect", "gone.jpg"), 2)):
        command = [sys.executable, "-m", "kiosk", *arguments, "--store", str(tmp_path / "store")]
        assert subprocess.run(command, capture_output=True, cwd=ROOT, check=False).returncode == code


def test_nobody_reading_the_output_is_no_failure_of_the_kiosk(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "kiosk", "people", "list", "--store", str(tmp_path / "store")]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_defect_is_one_sentence_and_its_traceback_can_be_asked_for() -> None:
    program = (
        "import sys\n"
        "from kiosk.cli.last_words import LastWords\n"
        "with LastWords() as words:\n"
        "    raise ZeroDivisionError('secret detail')\n"
        "sys.exit(words.exit_code)\n"
    )

    def run(**environ: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", program]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=os.environ | environ, check=False)

    quiet, loud = run(), run(KIOSK_DEBUG="1")
    assert quiet.returncode == loud.returncode == 70
    assert len(quiet.stderr.splitlines()) == 1
    assert "secret detail" not in quiet.stderr
    assert "KIOSK_DEBUG=1" in quiet.stderr
    assert "ZeroDivisionError: secret detail" in loud.stderr
