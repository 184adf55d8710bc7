"""All commands by name; each is imported when it is called, so that `kiosk --help` answers at once."""

from importlib import import_module

import click

from kiosk import __version__
from kiosk.cli.shared import Group

COMMANDS = {
    "run": ("kiosk.cli.run", "Run the kiosk."),
    "people": ("kiosk.cli.people", "List, show, add and remove people."),
    "compare": ("kiosk.cli.compare", "Say whether two photographs show the same person."),
    "identify": ("kiosk.cli.identify", "Say who of the people enrolled is on a photograph."),
    "detect": ("kiosk.cli.detect", "Find the faces in photographs."),
    "pass": ("kiosk.cli.passes", "Issue, check and withdraw QR passes."),
    "events": ("kiosk.cli.events", "Print what the kiosk decided and what staff did."),
    "sync": ("kiosk.cli.sync", "Pair with a central server, and exchange with it."),
    "backup": ("kiosk.cli.backup", "Write an encrypted backup of the store and its key into a new FILE."),
    "restore": ("kiosk.cli.restore", "Make a store of a backup FILE, or check that it can be done."),
    "calibrate": ("kiosk.cli.calibrate", "Say what each level costs with this gallery and this traffic."),
    "doctor": ("kiosk.cli.doctor", "Check whether this kiosk can run."),
    "bench": ("kiosk.cli.bench", "Measure speed and memory."),
    "evaluate": ("kiosk.cli.evaluate", "Measure accuracy on labelled faces."),
}


class LazyGroup(Group):
    """Finds commands in `COMMANDS`: the attribute `command` of the module named there."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        found = import_module(COMMANDS[cmd_name][0]).command
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table as text, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


EXAMPLES = """\b
Examples:
  kiosk run --source usb:0
  kiosk people add "Ada Lovelace" --photo ada1.jpg --photo ada2.jpg --consent
  kiosk identify visitor.jpg
  kiosk compare one.jpg other.jpg --json

\b
Exit codes:
  0 yes or done · 1 a clean "no" · 2 bad input or settings
  3 missing hardware · 4 damaged store
"""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(__version__, message="%(version)s")
def root() -> None:
    """A face kiosk: camera to screen on one small computer, network or not."""
