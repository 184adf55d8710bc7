"""Who closes the connection is not worked for: a real server, asked over real sockets."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kiosk.central.access.scopes import Role
from kiosk.central.inference.trial import trial_face
from tests.central.making import running, settings_for
from tests.central.test_workers import server
from tests.central.waiting import free_port, until

ASKING = 12


@dataclass(frozen=True)
class Served:
    """A server with one worker: its port, an admin's token, its process."""

    port: int
    token: str
    pid: int

    @property
    def worker(self) -> int:
        """The process that looks at photographs."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="utf-8").split()
        (found,) = (
            int(child)
            for child in children
            if "inference.worker" in Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8")
        )
        return found


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Served]:
    settings = settings_for(tmp_path / "central", "")
    with running(settings) as here:
        token = here.token(Role.ADMIN)
    port = free_port()
    with server(settings, port) as process:
        yield Served(port, token, process.pid)


def figures(port: int, token: str) -> tuple[float, float]:
    """How many photographs wait, and how many were worked on."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {token}"}).text
    waiting = re.search(r"^central_waiting (\S+)$", text, re.MULTILINE)
    worked = re.search(r"^central_work_seconds_count (\S+)$", text, re.MULTILINE)
    assert waiting and worked
    return float(waiting[1]), float(worked[1])


def asked(port: int, token: str) -> socket.socket:
    """A connection by which somebody has asked what a photograph shows, and waits."""
    mark = b"mark"
    head = b'--mark\r\nContent-Disposition: form-data; name="picture"; filename="p.jpg"\r\n\r\n'
    body = head + trial_face() + b"\r\n--" + mark + b"--\r\n"
    lines = (
        "POST /v1/faces/detect HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {token}",
        "Content-Type: multipart/form-data; boundary=mark",
        f"Content-Length: {len(body)}",
    )
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return connection


def test_photographs_of_those_who_left_are_not_looked_at(central: Served) -> None:
    port, token = central.port, central.token
    base = f"http://127.0.0.1:{port}"
    until(lambda: httpx.get(f"{base}/ready").status_code == 200, "central to be ready")
    _, before = figures(port, token)
    os.kill(central.worker, signal.SIGSTOP)
    connections = [asked(port, token) for _ in range(ASKING)]
    until(lambda: figures(port, token)[0] == ASKING - 1, "a queue")
    for connection in connections:
        connection.close()
    assert httpx.get(f"{base}/health").status_code == 200
    os.kill(central.worker, signal.SIGCONT)
    until(lambda: figures(port, token)[0] == 0, "nobody to wait any more")
    assert figures(port, token)[1] - before <= 1, "the one that was begun"
