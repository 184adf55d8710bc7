"""`python -m kiosk.central`: the command `kiosk-central`."""

import gc

# While modules are loaded nothing becomes rubbish, and to look for it again and again takes a fifth of the time.
gc.disable()

from kiosk.central.cli import main  # noqa: E402 - see above


def run() -> None:
    """The command."""
    gc.freeze()
    gc.enable()
    main(prog_name="kiosk-central")


if __name__ == "__main__":
    run()
