"""`kiosk-central` as people start it: real processes, from the first link to the last word."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.central.making import PASSWORD
from tests.central.waiting import free_port, until

pytestmark = pytest.mark.long

LOG = "log"  # what a server writes to stderr
COMMAND = (sys.executable, "-m", "kiosk.central")
IN_PLAIN_TEXT = ".unfinished-*/bundle"


def environment(folder: Path, port: int) -> dict[str, str]:
    return os.environ | {
        "KIOSK_CENTRAL_SERVER_DATA": str(folder),
        "KIOSK_CENTRAL_SERVER_PORT": str(port),
        "KIOSK_CENTRAL_INFERENCE_WORKERS": "1",
    }


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *arguments]
    return subprocess.run(command, env=environment(folder, 8400), capture_output=True, text=True, check=False)


@contextmanager
def serving(folder: Path, port: int, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command, env = [*COMMAND, "serve", *arguments], environment(folder, port)
    folder.mkdir(mode=0o700, exist_ok=True)
    with (
        (folder / LOG).open("w") as log,
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            until(lambda: process.poll() is not None or is_alive(port), "the server")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def is_alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx.HTTPError:
        return False


def signed_in(base: str, process: "subprocess.Popen[str]") -> str:
    """A token of the first admin, who comes in by the link that the server printed."""
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    link = re.search(rf"{base}/welcome#(\S+)", "".join(said))
    assert link, said
    chosen = {"secret": link.group(1), "password": PASSWORD}
    assert httpx.post(f"{base}/v1/welcome", json=chosen).status_code == 204
    token = httpx.post(f"{base}/v1/token", data={"username": "admin", "password": PASSWORD})
    assert token.status_code == 200
    secret: str = token.json()["access_token"]
    return secret


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_first_admin_comes_in_by_a_link_that_is_printed_once(tmp_path: Path, workers: str) -> None:
    port = free_port()
    with serving(tmp_path, port, "--workers", workers) as process:
        base = f"http://127.0.0.1:{port}"
        signed_in(base, process)
        until(lambda: httpx.get(f"{base}/ready").status_code == 200, "central to be ready")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
        assert len(children) >= int(workers)
    assert process.returncode in (0, -signal.SIGTERM)
    with serving(tmp_path, port) as process:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
        assert "welcome" not in out


def test_a_socket_takes_no_more_of_nobody_than_a_token(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as process:
        token = signed_in(f"http://127.0.0.1:{port}", process)
        with connect(f"ws://127.0.0.1:{port}/v1/events/live") as told:
            assert told.protocol.extensions == [], "what is packed may become anything"
            told.send(json.dumps({"token": token, "more": "x" * 100_000}))
            with pytest.raises(ConnectionClosed) as closed:
                told.recv(30)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


def test_a_socket_that_is_refused_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port):
        with connect(f"ws://127.0.0.1:{port}/v1/events/live") as told:
            told.send("{}")
            with pytest.raises(ConnectionClosed) as closed:
                told.recv(30)
        wrong = {"Authorization": "Bearer fkt_wrong"}
        with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{port}/v1/events/live", additional_headers=wrong):
            pass
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    assert "Traceback" not in (tmp_path / LOG).read_text(encoding="utf-8")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_defect_is_logged_with_its_place_and_without_what_it_was_about(tmp_path: Path, workers: str) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with serving(tmp_path, port, "--workers", workers) as process:
        token = signed_in(base, process)
        with closing(sqlite3.connect(tmp_path / "central.db")) as database:
            refusal = "SELECT RAISE(ABORT, 'Key (folded)=(ada lovelace) already exists')"
            database.execute(f"CREATE TRIGGER refusing BEFORE INSERT ON people BEGIN {refusal}; END")
        header = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{base}/v1/people", headers=header, json={"name": "Ada Lovelace"})
        assert answer.status_code == 500 and answer.json()["error"] == "defect"
    said = (tmp_path / LOG).read_text(encoding="utf-8")
    assert "IntegrityError" in said and "Exception in ASGI application\n  " in said
    assert re.search(r"\n  service\.py:\d+ create\n", said), said
    assert "lovelace" not in said.lower()


def test_doctor_names_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    before = json.loads(run(tmp_path, "doctor", "--json").stdout)
    assert not before["ok"]
    assert {one["name"] for one in before["checks"] if not one["ok"]} >= {"database"}
    assert run(tmp_path, "migrate").returncode == 0
    ran = run(tmp_path, "doctor")
    assert "0 of 0 kiosks have something to pull" in ran.stdout
    assert ran.returncode == 4 and "kiosk-central create-admin" in ran.stdout
    assert "/welcome#fki_" in run(tmp_path, "create-admin", "Ada").stdout


def test_bad_settings_are_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "central.toml"
    config.write_text("[server]\nprot = 1\n", encoding="utf-8")
    ran = run(tmp_path, "--config", str(config), "doctor")
    assert ran.returncode == 2 and "did you mean 'port'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_backup_is_made_and_restored_by_commands(tmp_path: Path, words: tuple[str, str]) -> None:
    assert run(tmp_path / "one", "create-admin").returncode != 0, "there are no tables yet"
    assert run(tmp_path / "one", "migrate").returncode == 0
    assert run(tmp_path / "one", "create-admin").returncode == 0
    assert run(tmp_path / "one", "backup", str(tmp_path / "b.age"), *words).returncode == 0
    assert run(tmp_path / "two", "restore", str(tmp_path / "b.age"), *words).returncode == 0
    again = run(tmp_path / "two", "restore", str(tmp_path / "b.age"), *words)
    assert again.returncode == 2 and "Traceback" not in again.stderr
    assert run(tmp_path, "backup", str(tmp_path / "c.age")).returncode == 2


@contextmanager
def held_up(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """That command, stopped in the middle: what is to be sealed, or was opened, is in its folder in plain text."""
    command, known = [*COMMAND, *arguments], environment(folder, 8400)
    with subprocess.Popen(command, env=known, stderr=subprocess.PIPE, text=True, preexec_fn=hears_of_the_end) as one:
        try:
            until(lambda: one.poll() is not None or bool(list(folder.parent.rglob(IN_PLAIN_TEXT))), "a plain text")
            one.send_signal(signal.SIGSTOP)
            yield one
        finally:
            one.kill()


def hears_of_the_end() -> None:
    """Also where the tests themselves were started by nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, str]:
    """A passphrase, which takes a second of computing, so that there is a middle to be killed in."""
    (tmp_path / "words").write_text("a passphrase of some length", encoding="utf-8")
    return "--passphrase-file", str(tmp_path / "words")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_backup_that_is_told_to_end_leaves_nothing(tmp_path: Path, words: tuple[str, str], ending: int) -> None:
    assert run(tmp_path / "one", "migrate").returncode == run(tmp_path / "one", "create-admin").returncode == 0
    with held_up(tmp_path / "one", "backup", str(tmp_path / "b.age"), *words) as process:
        process.send_signal(ending)
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + ending and "Traceback" not in said
    assert not list(tmp_path.glob(".unfinished-*")) and not (tmp_path / "b.age").exists()


def test_what_a_killed_backup_left_goes_with_the_next_one_and_who_is_at_work_is_left_alone(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    assert run(tmp_path / "one", "migrate").returncode == run(tmp_path / "one", "create-admin").returncode == 0
    with held_up(tmp_path / "one", "backup", str(tmp_path / "a.age"), *words) as process:
        (place,) = tmp_path.glob(".unfinished-*")
        assert run(tmp_path / "one", "backup", str(tmp_path / "b.age"), *words).returncode == 0
        assert [place] == list(tmp_path.glob(".unfinished-*"))
        process.kill()
        process.wait()
    assert list(tmp_path.glob(".unfinished-*")) == [place]
    assert run(tmp_path / "one", "backup", str(tmp_path / "c.age"), *words).returncode == 0
    assert not list(tmp_path.glob(".unfinished-*"))


def test_what_a_killed_restore_left_goes_with_the_next_one(tmp_path: Path, words: tuple[str, str]) -> None:
    assert run(tmp_path / "one", "migrate").returncode == run(tmp_path / "one", "create-admin").returncode == 0
    assert run(tmp_path / "one", "backup", str(tmp_path / "b.age"), *words).returncode == 0
    with held_up(tmp_path / "two", "restore", str(tmp_path / "b.age"), *words) as process:
        process.kill()
        process.wait()
    assert list((tmp_path / "two").glob(".unfinished-*"))
    assert run(tmp_path / "two", "restore", str(tmp_path / "b.age"), *words).returncode == 0
    assert not list((tmp_path / "two").glob(".unfinished-*"))


def test_the_api_is_described_for_machines(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, "openapi").stdout)
    assert document["openapi"].startswith("3.1") and "/v1/people/{person}" in document["paths"]
