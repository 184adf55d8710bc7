"""What is said when a command fails: one sentence on stderr and an exit code, never a traceback.

0 yes or done · 1 a clean "no" · 2 bad input or settings · 3 missing hardware · 4 damaged store ·
70 a defect of the kiosk · 130 stopped by Ctrl-C · 141 nobody reads the output any more.
"""

import os
import sys
import traceback
from types import TracebackType
from typing import Self

import click

BAD_INPUT = 2
DEFECT = 70
STOPPED = 130
UNREAD = 141
DEBUG = "KIOSK_DEBUG"


class LastWords:
    """Ends a command by `with`: whatever is raised inside becomes one sentence and `exit_code`."""

    def __init__(self) -> None:
        self.exit_code = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """True when the error has been answered for."""
        if error is None:
            return False
        if isinstance(error, SystemExit):
            return False
        if os.environ.get(DEBUG):
            traceback.print_exception(error, file=sys.stderr)
        self.exit_code = self._answer(error)
        return True

    def _answer(self, error: BaseException) -> int:
        if isinstance(error, click.Abort | KeyboardInterrupt):
            say("stopped.")
            return STOPPED
        if isinstance(error, BrokenPipeError):
            _close_stdout()
            return UNREAD
        if isinstance(error, click.ClickException):
            say(_of_click(error))
            return BAD_INPUT
        return _of_kiosk(error)


def _of_click(error: click.ClickException) -> str:
    """The message, and where to read on if the command was not understood."""
    context = getattr(error, "ctx", None)
    hint = f" See: {context.command_path} --help" if context is not None else ""
    return error.format_message() + hint


def _of_kiosk(error: BaseException) -> int:
    from kiosk.domain.errors import KioskError

    if isinstance(error, KioskError):
        say(str(error))
        return error.exit_code
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        say(f"{where}{error.strerror}.")
        return BAD_INPUT
    say(f"this is a defect of the kiosk ({type(error).__name__}); run it again with {DEBUG}=1 to see where.")
    return DEFECT


def say(sentence: str) -> None:
    """One line on stderr, ended as a sentence is."""
    line = " ".join(sentence.split())
    print(f"kiosk: {line}{'' if line.endswith(('.', '!', '?', '--help')) else '.'}", file=sys.stderr)


def _close_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes stdout at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
