"""`kiosk run`: the kiosk itself."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from kiosk import app, cameras
from kiosk.cli.opening import settings_of
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.runtime.logs import start_logging

EXAMPLES = """\b
Examples:
  kiosk run
  kiosk run --source usb:1 --config config/kiosk.toml
  kiosk run --source replay:visitors/ --headless --json --until-end
"""


@click.command("run", cls=Command, epilog=EXAMPLES)
@click.option("--source", metavar="CAMERA", help="pi, usb, usb:N or replay:PATH [default: from the settings].")
@click.option("--headless", is_flag=True, help="Draw off-screen, without a display.")
@click.option("--until-end", is_flag=True, help="Stop when a replay is over.")
@click.option(
    "--screenshots", type=click.Path(path_type=Path), metavar="DIR", help="Keep a picture of each new screen."
)
@with_shared
def command(shared: Shared, source: str | None, headless: bool, until_end: bool, screenshots: Path | None) -> int:
    """Run the kiosk.

    It runs until it is stopped or its window closed; with --until-end, until its replay is over. With --json it
    prints a line a decision: outcome, person, name, score, threshold and latency_ms.
    """
    start_logging(sys.stderr)
    settings = settings_of(shared)
    if source is not None:
        settings = replace(settings, camera=cameras.parse_source(source, settings.camera))
    return app.run(settings, app.RunOptions(headless, shared.json, until_end, screenshots))
