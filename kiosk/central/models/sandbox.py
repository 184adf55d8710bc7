"""Processes in which an unknown model file is run: little memory, time and disk, no network, nothing inherited.

A TFLite file is data, but the runtime that reads it is C++: what goes wrong in there stays in there.
"""

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import kiosk

CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x1000_0000, 0x4000_0000, 0x0800_0000
PR_SET_NO_NEW_PRIVS = 38
MB = 1_000_000
NICE = 10  # so that the server is never kept waiting for a processor
# One thread is enough, and each more takes address space.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process may use at most; none of it can be raised again."""

    memory_mb: int
    processor_s: int
    files: int = 64
    written_mb: int = 1


def confine(limits: Limits) -> bool:
    """Bind this process, before it opens anything unknown and before it has threads. Whether it is off the network."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_mb * MB),
        (resource.RLIMIT_CPU, limits.processor_s),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_FSIZE, limits.written_mb * MB),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),  # neither processes nor threads; root alone is not bound by it
    ):
        resource.setrlimit(kind, (most, most))
    os.nice(NICE)
    system = ctypes.CDLL(None)
    system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Where users may not make namespaces, the limits above have to do.
    return bool(system.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0)


async def started(module: str, *arguments: str) -> asyncio.subprocess.Process:
    """That module in a process of its own: it gets these arguments and its standard input, and nothing of ours."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-s", "-B", "-m", module),
        *arguments,
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env=ENVIRONMENT | {"PYTHONPATH": str(Path(kiosk.__file__).resolve().parents[1])},
        start_new_session=True,
    )


async def ended(process: asyncio.subprocess.Process) -> None:
    """It is stopped with all that it may have started."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
