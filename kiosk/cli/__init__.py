"""The command line: `kiosk …`. Thin; each group of commands is a module that is imported only when it is used."""

import os
import sys
import warnings
from collections.abc import Sequence

# Before numpy is loaded: matching in one thread leaves the other cores to the camera and the screen.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (of `sys.argv` when None) and return its exit code; never raises for what went wrong in it."""
    from kiosk.cli.last_words import DEBUG, LastWords

    if not (os.environ.get(DEBUG) or sys.warnoptions):
        warnings.simplefilter("ignore")  # libraries' remarks to programmers are no answer to who typed the command

    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    with LastWords() as words:
        words.exit_code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    return words.exit_code


def _run(arguments: Sequence[str]) -> int:
    """The exit code of a command that came to its own end."""
    from click.exceptions import Exit

    from kiosk.cli.root import root

    try:
        with root.make_context("kiosk", list(arguments)) as context:
            return int(root.invoke(context) or 0)
    except Exit as end:
        return end.exit_code
