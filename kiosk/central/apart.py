"""`python -m kiosk.central.apart MODULE …`: that module in a process group of its own, before it takes time to load.

Ctrl-C at a terminal goes to every process of the server's group. It is for the server, which ends its workers itself.
"""

import os
import runpy
import sys


def apart(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs that module so."""
    return (sys.executable, "-m", "kiosk.central.apart", module, *arguments)


def main() -> None:
    """Leave the group, and be that module."""
    os.setpgid(0, 0)  # not another session: there the scheduler would no longer weigh a worker against the server
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
