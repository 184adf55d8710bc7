"""Central as a process of its own on PostgreSQL: started, asked as an admin would, killed, started again."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.central.making import PASSWORD
from tests.central.servers import Postgres, postgres_in
from tests.central.waiting import free_port, until

COMMAND = (sys.executable, "-m", "kiosk.central")
ROOT = Path(__file__).resolve().parents[2]
STOP_S = 30.0


@dataclass
class Hub:
    """One central, whose things are in `folder` and whose database is at that address."""

    folder: Path
    database: str
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    _token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "KIOSK_CENTRAL_SERVER_DATA": str(self.folder),
            "KIOSK_CENTRAL_SERVER_PORT": str(self.port),
            "KIOSK_CENTRAL_DATABASE_URL": self.database,
            "KIOSK_CENTRAL_INFERENCE_WORKERS": "1",
            "KIOSK_CENTRAL_JOBS_EMBEDDED": "false",
        }

    def start(self, *, wait: bool = True) -> None:
        """Start it in a session of its own, so that its whole family can be ended."""
        with (self.folder / "central.out").open("ab") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "serve"], env=self._environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
            )
        if wait:
            until(self.is_alive, "central to answer")

    def is_alive(self) -> bool:
        """Whether it answers. Fails where the process ended by itself."""
        assert self.process is not None and self.process.poll() is None, self.said[-2000:]
        try:
            return httpx.get(f"{self.url}/health", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """kill -9: the process and its workers are gone."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """As an administrator stops it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            finally:
                self.kill()

    @property
    def said(self) -> str:
        """What it printed."""
        return (self.folder / "central.out").read_text(encoding="utf-8", errors="replace")

    def ask(self, method: str, path: str, json: Any = None) -> Any:
        """What central answers an admin. Fails for a no."""
        answer = self.answer(method, path, json)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def answer(self, method: str, path: str, json: Any = None) -> httpx.Response:
        """The same, whatever it is."""
        headers = {"Authorization": f"Bearer {self._admin()}"}
        return httpx.request(method, self.url + path, json=json, headers=headers, timeout=30)

    def confirm(self, code: str, fingerprint: str, name: str, site: str) -> str:
        """An admin compares the fingerprint and makes the kiosk one of the fleet; its id."""
        waiting = self.ask("POST", "/v1/pairings/find", {"code": code})
        assert waiting["fingerprint"] == fingerprint
        made = self.ask("POST", "/v1/pairings/confirm", {"code": code, "name": name, "site": site})
        kiosk: str = made["id"]
        return kiosk

    def _admin(self) -> str:
        """A token of the first admin, who comes in by the link that was printed."""
        if not self._token:
            link = re.search(r"/welcome#(\S+)", self.said)
            assert link is not None, self.said[-2000:]
            with httpx.Client(base_url=self.url, timeout=30) as client:
                chosen = client.post("/v1/welcome", json={"secret": link[1], "password": PASSWORD})
                assert chosen.status_code == 204, chosen.text
                signed_in = client.post("/v1/token", data={"username": "admin", "password": PASSWORD}).json()
                head = {"Authorization": f"Bearer {signed_in['access_token']}"}
                scopes = client.get("/v1/me", headers=head).json()["scopes"]
                wanted = {"name": "proofs", "scopes": scopes, "hours": 24 * 365}
                self._token = client.post("/v1/tokens", headers=head, json=wanted).json()["token"]
        return self._token


@contextmanager
def hub_on(folder: Path, postgres: Postgres) -> Iterator[Hub]:
    """A central that runs, on a new database of that PostgreSQL."""
    folder.mkdir(parents=True, exist_ok=True)
    hub = Hub(folder, postgres.new_database())
    try:
        hub.start()
        yield hub
    finally:
        hub.kill()


@contextmanager
def hub_in(folder: Path) -> Iterator[tuple[Hub, Postgres]]:
    """A central that runs on a PostgreSQL of its own, both below that folder."""
    with postgres_in(folder / "postgres") as postgres, hub_on(folder / "central", postgres) as hub:
        yield hub, postgres
