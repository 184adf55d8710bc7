"""Central with a kiosk beside it, as a newcomer runs them: paired, visited, somebody erased, and ended by Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.central.making import PASSWORD
from tests.central.waiting import until

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "kiosk.demo.central")
PATIENCE_S = 240.0
END_S = 60.0


@dataclass
class Demo:
    """The demo while it runs, and its first admin, who asks central by its API."""

    process: "subprocess.Popen[str]"
    folder: Path
    client: httpx.Client

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8")

    def ask(self, method: str, path: str) -> Any:
        answer = self.client.request(method, path)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def until(self, condition: Callable[[], bool], what: str) -> None:
        def is_so() -> bool:
            assert self.process.poll() is None, self.said
            return condition()

        until(is_so, what, PATIENCE_S)

    def decisions(self) -> list[dict[str, Any]]:
        """What the kiosk decided, newest first."""
        return [event for event in self.ask("GET", "/v1/events")["events"] if event["outcome"]]

    def outcomes(self) -> set[str]:
        """How those decisions ended."""
        return {event["outcome"] for event in self.decisions()}

    def processes(self) -> list[str]:
        """The commands of all that runs on this demo's folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes()
            except OSError:  # it ended meanwhile
                continue
            found += [command.decode().replace("\0", " ")] if os.fsencode(self.folder) in command else []
        return found


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Demo]:
    command = [*COMMAND, "--out", str(folder), "--port", "0", "--headless", "--json", *options]
    folder.mkdir()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True)
    with process, httpx.Client(timeout=30) as client:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            client.base_url = told["address"]
            let_in(client, told["first_admin"])
            yield Demo(process, folder, client)
        finally:
            process.kill()


def let_in(client: httpx.Client, link: str) -> None:
    """The first admin chooses a password by the link that was printed."""
    secret = link.partition("#")[2]
    assert client.post("/v1/welcome", json={"secret": secret, "password": PASSWORD}).status_code == 204
    token = client.post("/v1/token", data={"username": "admin", "password": PASSWORD}).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


@pytest.mark.usefixtures("demo_faces", "models_folder")
def test_a_kiosk_beside_central_is_paired_and_whoever_is_erased_there_is_unknown_at_it(tmp_path: Path) -> None:
    with demo(tmp_path / "demo") as running:
        running.until(lambda: any(one["heard_utc"] for one in running.ask("GET", "/v1/kiosks")), "the kiosk's word")
        (kiosk,) = running.ask("GET", "/v1/kiosks")
        assert (kiosk["name"], kiosk["site"], kiosk["state"]) == ("Front door", "demo", "alive")
        running.until(lambda: bool(running.decisions()), "somebody at the door")
        event = running.decisions()[-1]
        assert (event["outcome"], event["kiosk"]) == ("recognised", kiosk["id"])
        receipts = f"/v1/people/{event['person']}/receipts"
        running.ask("DELETE", f"/v1/people/{event['person']}")
        running.until(lambda: "at the door: unknown" in running.said, "the same at the door once more")
        running.until(lambda: "unknown" in running.outcomes(), "central to hear of it")
        running.until(lambda: bool(running.ask("GET", receipts)[0]["confirmed_utc"]), "the kiosk's receipt")
        assert [receipt["kiosk"] for receipt in running.ask("GET", receipts)] == [kiosk["id"]]
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(END_S) == 0
        assert "Traceback" not in running.said
        assert running.processes() == []
        assert "Traceback" not in (tmp_path / "demo" / "kiosk.log").read_text(encoding="utf-8")


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [*COMMAND, "--out", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == f"demo: port {port} is in use; choose another one with --port, or 0 for any that is free\n"
