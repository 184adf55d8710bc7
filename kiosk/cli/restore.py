"""`kiosk restore`: from a backup to a store, or a look whether that would work."""

from dataclasses import asdict
from pathlib import Path

import click

from kiosk.age import Identity, Passphrase
from kiosk.cli.backup import passphrase
from kiosk.cli.output import answer, note
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.errors import BadInput
from kiosk.runtime.clock import SystemClock
from kiosk.store.backup import check, restore

IDENTITY_MOST = 65_536

EXAMPLES = """\b
Examples:
  kiosk restore sunday.age --check --identity key.txt
  kiosk restore sunday.age --into restored --identity key.txt
  kiosk restore sunday.age --into restored      (asks for the passphrase)
"""


@click.command("restore", cls=Command, epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="A folder that holds no store yet.")
@click.option("--check", "only_check", is_flag=True, help="Only sees whether the backup could be restored.")
@click.option("--identity", type=click.Path(path_type=Path), metavar="F", help="A file with the secret key of age.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), metavar="F", help="A file with the passphrase.")
@with_shared
def command(
    shared: Shared,
    file: Path,
    into: Path | None,
    only_check: bool,
    identity: Path | None,
    passphrase_file: Path | None,
) -> int:
    """Make a store of a backup FILE, or check that it can be done.

    Every page, every sealed value and the journal's chain are looked at before the store appears. A store that is
    there already is never overwritten.
    """
    if (into is None) != only_check:
        raise BadInput("say either --into DIR, a folder for the store, or --check.")
    if identity is not None and passphrase_file is not None:
        raise BadInput("a backup opens either with a secret key or with a passphrase; leave one of them out.")
    lock = _lock(identity, passphrase_file)
    if not shared.json:
        note("Decrypting and looking at every page; this may take a while ...")
    clock = SystemClock()
    found = check(file, lock, clock) if into is None else restore(file, lock, into, clock)
    fields = {"file": str(file), "into": None if into is None else str(into), **asdict(found)}
    sentence = f"{file} can be restored" if into is None else f"{into} is restored from {file}"
    chain = "" if found.chain_holds else " Its journal's chain was broken when it was backed up."
    answer(shared, fields, f"{sentence}: {found.sentence}, as of {found.made_utc[:16]} UTC.{chain}")
    return 0


def _lock(identity: Path | None, passphrase_file: Path | None) -> Identity | Passphrase:
    if identity is None:
        return passphrase(passphrase_file)
    with identity.open(encoding="utf-8") as text:
        return Identity(text.read(IDENTITY_MOST))
