"""PostgreSQL killed by -9, one of its processes or all of them, and started again."""

import os
import random
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.central.servers import Postgres, is_zombie
from tests.central.waiting import until

TRIES = 5
MORTAL = ("[local]", "walwriter", "checkpointer")


def children_of(pid: int) -> list[int]:
    """The processes that it started."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_gone(pid: int) -> bool:
    try:
        return is_zombie(pid)
    except (FileNotFoundError, ProcessLookupError):
        return True


def title_of(pid: int) -> str:
    """What a process calls itself."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def kill_one(postgres: Postgres, dice: random.Random) -> None:
    """kill -9 one process that serves somebody, or writes what they said: PostgreSQL recovers by itself.

    Its I/O workers are left alone: 18 may wait for ever for one that was killed, whoever uses it.
    """
    postmaster = postgres.server.get_pid()
    children = children_of(postmaster) if postmaster else []
    children = [pid for pid in children if any(kind in title_of(pid) for kind in MORTAL)]
    if children:
        with suppress(ProcessLookupError):
            os.kill(dice.choice(children), signal.SIGKILL)


def kill_all(postgres: Postgres) -> None:
    """kill -9 the postmaster; whoever it left behind is killed too, as when the power goes."""
    postmaster = postgres.server.get_pid()
    if not postmaster:
        return
    children = children_of(postmaster)
    for pid in (postmaster, *children):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: all(is_gone(pid) for pid in (postmaster, *children)), "PostgreSQL to be gone")
    # Until somebody buries the dead, the postmaster's number looks as if it were still at work.
    sockets = Path(postgres.server.get_postmaster_info().socket_dir or postgres.server.pgdata)
    for mark in (postgres.server.pgdata / "postmaster.pid", *sockets.glob(".s.PGSQL.*.lock")):
        mark.unlink(missing_ok=True)


def start(postgres: Postgres) -> None:
    """It serves again, after however much recovery."""
    for attempt in range(TRIES):
        try:
            postgres.server.ensure_postgres_running()
            return
        except subprocess.SubprocessError:
            if attempt == TRIES - 1:
                raise
