"""`kiosk backup`: the store and its key in one encrypted file, while the kiosk goes on."""

import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from kiosk.age import Passphrase, Recipient
from kiosk.cli.opening import settings_of, store_folder
from kiosk.cli.output import Progress, answer
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.errors import BadInput
from kiosk.runtime.clock import SystemClock
from kiosk.store.backup import Source, back_up

PASSPHRASE_MOST = 4096

EXAMPLES = """\b
Examples:
  kiosk backup sunday.age --to age1…        (a public key, by age-keygen)
  kiosk backup sunday.age                   (asks for a passphrase)
  kiosk backup sunday.age --passphrase-file words.txt --json
"""


@click.command("backup", cls=Command, epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", metavar="KEY", help="A public key of age; its owner alone can restore the backup.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), metavar="F", help="A file with the passphrase.")
@with_shared
def command(shared: Shared, file: Path, to: str | None, passphrase_file: Path | None) -> int:
    """Write an encrypted backup of the store and its key into a new FILE.

    The kiosk may go on meanwhile. With a passphrase, the backup is restored at once to see that it works; one that
    was made for a public key is tried out with kiosk restore --check where its secret key is.
    """
    if to is not None and passphrase_file is not None:
        raise BadInput("a backup is made either for a public key or with a passphrase; leave one of them out.")
    lock = Recipient(to) if to is not None else passphrase(passphrase_file, twice=True)
    clock = SystemClock()
    source = Source(store_folder(settings_of(shared)), os.environ)
    made = back_up(source, file, lock, clock, Progress(clock, "Pages copied"))
    fields = {"file": str(file), "size_bytes": made.size_bytes, "verified": made.verified, **asdict(made.summary)}
    how = (
        "It was decrypted, restored and compared: it works."
        if made.verified
        else f"Try it out where its secret key is: kiosk restore --check {file} --identity KEYFILE"
    )
    chain = "" if made.summary.chain_holds else " Its journal's chain is broken; see kiosk doctor."
    answer(shared, fields, f"{file} holds {made.summary.sentence}.{chain} {how}")
    return 0


def passphrase(file: Path | None, *, twice: bool = False) -> Passphrase:
    """The passphrase in a file, or asked for at the terminal; never from an argument, which others could read."""
    if file is not None:
        with file.open(encoding="utf-8") as text:
            return Passphrase(text.read(PASSPHRASE_MOST).partition("\n")[0])
    if not sys.stdin.isatty():
        raise BadInput("nobody is there to enter a passphrase; use --passphrase-file, or a key of age.")
    return Passphrase(str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True)))
