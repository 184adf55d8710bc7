"""The servers that are measured, each a process of its own on a free port of loopback."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.central.errors import Unavailable

START_S = 60.0
DATABASE = "KIOSK_BENCH_DATABASE"
CENTRAL = ("-m", "kiosk.central", "serve", "--no-migrate")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"


@contextlib.contextmanager
def central(data: Path, workers: int, waiting: int) -> Iterator[Server]:
    """Central with one web process, over a prepared data folder."""
    more = {
        "KIOSK_CENTRAL_SERVER_DATA": str(data),
        "KIOSK_CENTRAL_INFERENCE_WORKERS": str(workers),
        "KIOSK_CENTRAL_INFERENCE_WAITING": str(waiting),
    }
    with _started(CENTRAL, "KIOSK_CENTRAL_SERVER_PORT", more) as server:
        yield server


@contextlib.contextmanager
def central_for_fleet(data: Path, web: int, more: Mapping[str, str]) -> Iterator[Server]:
    """Central with so many web processes, which nobody sends a photograph."""
    settings = {"KIOSK_CENTRAL_SERVER_DATA": str(data), "KIOSK_CENTRAL_INFERENCE_WORKERS": "1"}
    with _started((*CENTRAL, "--workers", str(web)), "KIOSK_CENTRAL_SERVER_PORT", {**settings, **more}) as server:
        yield server


@contextlib.contextmanager
def flask(folder: Path, processes: int, person: str) -> Iterator[Server]:
    """The Flask app under gunicorn's sync workers."""
    database = folder / "rival.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, host TEXT)")
        connection.execute("INSERT INTO people VALUES (?, ?, ?)", [person, "Somebody", "Somebody else"])
    port = free_port()
    command = ("-m", "gunicorn", "--workers", str(processes), "--bind", f"127.0.0.1:{port}", "--log-level", "error")
    with _running([*command, "kiosk.central.bench.rival:create()"], {DATABASE: str(database)}, port) as server:
        yield server


@contextlib.contextmanager
def _started(command: tuple[str, ...], port_variable: str, more: Mapping[str, str]) -> Iterator[Server]:
    port = free_port()
    with _running(list(command), {**more, port_variable: str(port)}, port) as server:
        yield server


@contextlib.contextmanager
def _running(command: list[str], more: Mapping[str, str], port: int) -> Iterator[Server]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen([sys.executable, *command], env={**os.environ, **more}, stdout=quiet) as process:
        try:
            _until_open(process, port)
            yield Server(port, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _until_open(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Waits until somebody listens there. Raises Unavailable."""
    for _ in range(int(START_S / 0.1)):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    raise Unavailable("A server to be measured did not start; see what it said above.")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
