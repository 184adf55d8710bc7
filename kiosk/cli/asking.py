"""Asking before something is lost."""

import sys

import click

from kiosk.domain.errors import Refused


def confirmed(question: str) -> bool:
    """Whether the person at the terminal says yes; asked on stderr, so that stdout holds nothing but the answer.

    Raises Refused where nobody is there to ask.
    """
    if not sys.stdin.isatty():
        raise Refused("nothing was changed, since nobody is there to confirm it; add --yes to go on.")
    return click.confirm(question, err=True)
