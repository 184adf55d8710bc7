"""`python -m kiosk.central`: the command `kiosk-central`."""

from kiosk.central.cli import main

if __name__ == "__main__":
    main(prog_name="kiosk-central")
