"""Running the real command line and looking at what a caller sees."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from kiosk.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """stdout as JSON, an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self) -> dict[str, Any]:
        """stdout as the one JSON object that it is."""
        (found,) = self.lines
        return found


def kiosk(*arguments: object) -> Ran:
    """The result of `kiosk …`, run in this process; everything written to its two streams counts, by whomever."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err, _given_to(1, out), _given_to(2, err):
        with redirect_stdout(out), redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        out.seek(0)
        err.seek(0)
        return Ran(code, out.read(), err.read())


@contextmanager
def _given_to(number: int, file: IO[str]) -> Iterator[None]:
    """Let a stream of the whole process, native libraries included, go into a file."""
    kept = os.dup(number)
    os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)


def refused(ran: Ran, code: int = 2) -> str:
    """The one sentence of a command that refused, after a look at how it refused."""
    assert ran.code == code, ran
    assert ran.out == ""
    assert "Traceback" not in ran.err
    (sentence,) = ran.err.splitlines()
    assert sentence.startswith("kiosk: ")
    assert sentence.endswith((".", "?", "--help"))
    return sentence.removeprefix("kiosk: ")


def contents(store: Path) -> dict[str, bytes]:
    """Every file of a store that holds something; the log's index (-shm) holds nothing that is not in the log."""
    files = [path for path in sorted(store.iterdir()) if path.stat().st_size and not path.name.endswith("-shm")]
    return {path.name: path.read_bytes() for path in files}
