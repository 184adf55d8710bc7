"""`kiosk sync conformance`: whether a server keeps what docs/sync.md promises."""

from collections.abc import Callable

import click

from kiosk.cli.opening import settings_of
from kiosk.cli.output import answer, note
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.runtime.clock import SystemClock
from kiosk.sync.client import HttpCentral, open_central, patience_of
from kiosk.sync.conformance.course import CHECKS, KIOSKS, Desk, course
from kiosk.sync.conformance.findings import Finding
from kiosk.sync.options import base_of
from kiosk.sync.signature import Signer
from kiosk.wire.standing import Invitation

EPILOG = "\b\nExample:\n  kiosk sync conformance https://central.example"


@click.command("conformance", cls=Command, epilog=EPILOG)
@click.argument("url")
@with_shared
def command(shared: Shared, url: str) -> int:
    """Try whether the server at URL keeps to the protocol of docs/sync.md.

    It asks to be paired as three kiosks. Confirm two with the same site and the third with another, both with nobody
    else on them: people who are nobody are enrolled, edited and erased there. At the end they are erased, and the
    kiosks leave; their events stay.
    """
    options, clock, base = settings_of(shared).sync, SystemClock(), base_of(url)

    def dial(signer: Signer | None, is_over: Callable[[], bool]) -> HttpCentral:
        return open_central(base, options, patience_of(clock, is_over), signer)

    found: list[Finding] = []
    for finding in course(Desk(dial, clock, _invite)):
        found.append(finding)
        note(f"{len(found)} of {len(CHECKS) + 1}  {finding.name}") if shared.json else _say(finding)
    bad = [finding for finding in found if not finding.is_good]
    checks = [{"name": one.name, "state": _state(one), "sentence": one.sentence} for one in found]
    text = f"{len(bad)} of {len(found)} promises are not kept." if bad else f"All {len(found)} promises are kept."
    answer(shared, {"ok": not bad, "checks": checks}, text)
    return 1 if bad else 0


def _invite(number: int, shown: Invitation) -> None:
    where = "with the same site" if number < KIOSKS else "with another site"
    said = f"code {shown.code}, fingerprint {shown.fingerprint}; confirm it {where} at {shown.link}"
    note(f"Test kiosk {number} of {KIOSKS}: {said}")


def _state(finding: Finding) -> str:
    return "good" if finding.is_good else "bad"


def _say(finding: Finding) -> None:
    click.echo(f"{_state(finding):5}{finding.name:22}{finding.sentence}")
