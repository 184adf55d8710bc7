"""A central that also listens on a real port, for what a client in the same process can't show: streams without end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from tests.central.making import Running
from tests.central.waiting import free_port, until


@contextmanager
def listening(central: Running, app: Any = None) -> Iterator[str]:
    """The address at which that central answers meanwhile; `app`: what stands before it."""
    port = free_port()
    config = uvicorn.Config(
        app or central.app, "127.0.0.1", port, lifespan="off", log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    assert central.client.portal is not None
    served = central.client.portal.start_task_soon(server.serve)
    until(lambda: server.started, "the server")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        served.result()


@dataclass
class Stream:
    """Server-sent events as they come."""

    lines: Iterator[str]

    def next(self) -> tuple[int, dict[str, Any]]:
        """The position and the event that come next."""
        position = 0
        for line in self.lines:
            if line.startswith("id: "):
                position = int(line[4:])
            if line.startswith("data: "):
                return position, json.loads(line[6:])
        raise EOFError

    def rest(self) -> list[str]:
        """What else comes, until the stream ends."""
        return [line for line in self.lines if line.startswith("data: ")]


@contextmanager
def stream(address: str, token: str, last: int | None = None, **query: Any) -> Iterator[Stream]:
    headers = {"Authorization": f"Bearer {token}"} | ({} if last is None else {"Last-Event-ID": str(last)})
    url = f"{address}/v1/events/live"
    with httpx.stream("GET", url, headers=headers, params=query, timeout=30) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines).startswith("retry: ")
        yield Stream(lines)
