"""Jobs: archives of photographs, told as they go on, ended, taken back, and begun again where they were."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from httpx import Response
from PIL import Image, ImageDraw
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from kiosk.age import Identity, decrypt
from kiosk.central.access.scopes import Role
from kiosk.central.jobs.daily import ask_daily
from kiosk.domain.ids import new_id
from tests.central.making import CONSENT, Running
from tests.central.syncing import a_kiosk, somebody
from tests.central.test_audit import acts_with
from tests.central.working import ended, work

pytestmark = pytest.mark.long

NO_FACE = "no-face"


@pytest.fixture(scope="module")
def faces(demo_faces: dict[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in demo_faces.items()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def sent(central: Running, content: bytes) -> str:
    """The id of an upload that is there whole."""
    upload: str = central.admin("POST", "/v1/uploads", json={"size": len(content)}).json()["id"]
    done = append(central, upload, 0, content)
    assert done.json() == {"id": upload, "size": len(content), "offset": len(content)}, done.text
    return upload


def append(central: Running, upload: str, offset: int, content: bytes) -> Response:
    headers = {"Content-Type": "application/octet-stream"}
    return central.admin("PATCH", f"/v1/uploads/{upload}?offset={offset}", content=content, headers=headers)


def asked(central: Running, content: bytes, **more: Any) -> Response:
    body = {"upload": sent(central, content), "consent": CONSENT, "dry_run": False, **more}
    return central.admin("POST", "/v1/jobs/enrol-archive", json=body)


def items(central: Running, job: dict[str, Any], state: str) -> dict[str, str]:
    found = central.admin("GET", f"/v1/jobs/{job['id']}/items?state={state}&limit=1000").json()["items"]
    return {one["file"]: one["reason"] for one in found}


def names(central: Running) -> set[str]:
    return {one["name"] for one in central.admin("GET", "/v1/people?limit=200").json()["people"]}


@pytest.fixture
def archive(faces: dict[str, bytes], landscape: bytes) -> bytes:
    return zipped(
        {
            "faces/Ada_Lovelace/1.jpg": faces["obama"],
            "faces/Ada_Lovelace/2.jpg": faces["obama2"],
            "faces/Charles Babbage/a.jpg": faces["biden"],
            "faces/Charles Babbage/hills.jpg": landscape,
            "faces/Nobody/hills.jpg": landscape,
            "faces/Two/1.jpg": faces["obama"],
            "faces/Two/2.jpg": faces["biden"],
            "faces/Two/notes.txt": b"not a photograph",
            "faces/Broken/1.jpg": faces["biden"][: len(faces["biden"]) // 2],
            "__MACOSX/faces/._1.jpg": b"litter",
        }
    )


@pytest.fixture(scope="module")
def landscape() -> bytes:
    picture = Image.new("RGB", (640, 480), (120, 170, 220))
    ImageDraw.Draw(picture).polygon([(0, 480), (320, 200), (640, 480)], fill=(60, 110, 60))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


REJECTED = {
    "faces/Charles Babbage/hills.jpg": NO_FACE,
    "faces/Nobody/hills.jpg": NO_FACE,
    "faces/Two/1.jpg": "several-people",
    "faces/Two/2.jpg": "several-people",
    "faces/Two/notes.txt": "not-a-photograph",
    "faces/Broken/1.jpg": "not-a-picture",
}


def test_everybody_in_an_archive_is_enrolled_and_every_file_not_used_is_named(fresh: Running, archive: bytes) -> None:
    job = ended(fresh, asked(fresh, archive, keep_pictures=True))
    assert job["state"] == "done" and job["done"] == job["total"] == 9
    assert (job["result"]["people"], job["result"]["photographs"]) == (2, 3)
    assert items(fresh, job, "rejected") == REJECTED
    people = fresh.admin("GET", "/v1/people").json()["people"]
    assert {(one["name"], one["enrolled"], one["has_picture"]) for one in people} == {
        ("Ada Lovelace", True, True),
        ("Charles Babbage", True, True),
    }
    ada = next(one for one in people if one["name"] == "Ada Lovelace")
    details = fresh.admin("GET", f"/v1/people/{ada['id']}").json()
    assert [one["samples"] for one in details["templates"]] == [2]
    assert details["consents"][0]["text_version"] == CONSENT["text_version"]
    report = fresh.admin("GET", f"/v1/jobs/{job['id']}/report")
    rows = list(csv.reader(io.StringIO(report.text)))
    assert rows[0] == ["file", "reason"] and {tuple(row) for row in rows[1:]} == set(REJECTED.items())


def test_those_enrolled_from_an_archive_are_found(fresh: Running, archive: bytes, demo_faces: dict[str, Path]) -> None:
    ended(fresh, asked(fresh, archive))
    fresh.ready()
    picture = {"picture": ("p.jpg", demo_faces["biden"].read_bytes())}
    found = fresh.admin("POST", "/v1/faces/identify", files=picture).json()
    assert found["candidates"][0]["name"] == "Charles Babbage" and found["match"]


def test_a_dry_run_says_the_same_and_enrols_nobody(fresh: Running, archive: bytes) -> None:
    answer = asked(fresh, archive, dry_run=True)
    job = ended(fresh, answer)
    assert job["dry_run"] and (job["result"]["people"], job["result"]["photographs"]) == (2, 3)
    assert items(fresh, job, "rejected") == REJECTED and len(items(fresh, job, "usable")) == 3
    assert names(fresh) == set()
    upload = json.loads(answer.request.content)["upload"]
    again = {"upload": upload, "consent": CONSENT, "dry_run": False}
    real = ended(fresh, fresh.admin("POST", "/v1/jobs/enrol-archive", json=again))
    assert real["state"] == "done" and names(fresh) == {"Ada Lovelace", "Charles Babbage"}
    assert fresh.admin("GET", f"/v1/uploads/{upload}").status_code == 404
    assert not list((fresh.settings.data / "uploads").glob("*.zip"))


def test_those_who_are_there_are_not_enrolled_again(fresh: Running, archive: bytes) -> None:
    ended(fresh, asked(fresh, archive))
    again = ended(fresh, asked(fresh, archive))
    assert again["result"]["people"] == 0
    assert items(fresh, again, "rejected")["faces/Ada_Lovelace/1.jpg"] == "there-already"
    assert len(fresh.admin("GET", "/v1/people").json()["people"]) == 2
    ended(fresh, asked(fresh, archive, existing="add"))
    assert len(fresh.admin("GET", "/v1/people").json()["people"]) == 4


def test_who_has_the_name_of_somebody_at_another_site_is_enrolled_all_the_same(fresh: Running, archive: bytes) -> None:
    home = fresh.settings.server.site
    for name, site in (("Ada Lovelace", "away"), ("Charles Babbage", home)):
        assert a_kiosk(fresh, site=site).told("person", **somebody(name)) == ("accepted", "")
    job = ended(fresh, asked(fresh, archive))
    assert (job["state"], job["result"]["people"]) == ("done", 1), job
    assert items(fresh, job, "rejected")["faces/Charles Babbage/a.jpg"] == "there-already"
    sites = {(one["name"], one["site"]) for one in fresh.admin("GET", "/v1/people").json()["people"]}
    assert sites == {("Ada Lovelace", "away"), ("Charles Babbage", home), ("Ada Lovelace", home)}


def test_an_import_is_taken_back_except_whom_somebody_changed(fresh: Running, archive: bytes) -> None:
    job = ended(fresh, asked(fresh, archive))
    people = {one["name"]: one for one in fresh.admin("GET", "/v1/people").json()["people"]}
    ada = people["Ada Lovelace"]
    edited = {"name": "Ada King", "version": ada["version"]}
    assert fresh.admin("PUT", f"/v1/people/{ada['id']}", json=edited).status_code == 200
    undone = ended(fresh, fresh.admin("POST", f"/v1/jobs/{job['id']}/undo"))
    assert undone["result"] == {"erased": 1, "kept": 1} and names(fresh) == {"Ada King"}
    assert fresh.admin("GET", f"/v1/jobs/{job['id']}").json()["state"] == "undone"
    assert "Babbage" not in fresh.admin("GET", f"/v1/jobs/{job['id']}/items?state=erased").text


def test_no_report_names_a_photograph_of_somebody_erased(fresh: Running, demo_faces: Mapping[str, Path]) -> None:
    blank = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "staff.jpg"
    files = {"1.jpg": demo_faces["obama"], "2.jpg": blank}
    content = {f"faces/Ada_Lovelace/{name}": path.read_bytes() for name, path in files.items()}
    job = ended(fresh, asked(fresh, zipped(content)))
    (ada,) = fresh.admin("GET", "/v1/people").json()["people"]
    report = f"/v1/jobs/{job['id']}/items?state=rejected"
    assert "Lovelace" in fresh.admin("GET", report).text
    fresh.admin("DELETE", f"/v1/people/{ada['id']}")
    assert "Lovelace" not in fresh.admin("GET", report).text


def test_a_job_that_waits_is_cancelled_at_once_and_one_that_ended_is_not(fresh: Running, archive: bytes) -> None:
    job = asked(fresh, archive).json()
    assert fresh.admin("POST", f"/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    work(fresh)
    assert names(fresh) == set()
    assert fresh.admin("POST", f"/v1/jobs/{job['id']}/cancel").status_code == 409


def test_a_list_in_the_archive_says_who_everybody_is(fresh: Running, faces: dict[str, bytes]) -> None:
    rows = (
        "file,name,host,groups,valid_until\n"
        "x1.jpg,Ada Lovelace,Charles Babbage,Staff;Workshop,2030-01-01\n"
        "gone.jpg,Somebody,,,\n"
        "x2.jpg,Mary Somerville,,,not a day\n"
        "x4.jpg,Ada Augusta,,,2100-01-01\n"
        "x5.jpg,Ada Byron,,,0001-01-01T00:00+14:00\n"
    )
    files = {"x1.jpg": faces["obama"], "x3.jpg": b"?", **dict.fromkeys(("x2.jpg", "x4.jpg", "x5.jpg"), faces["biden"])}
    content = zipped({"people.csv": rows.encode(), **files})
    job = ended(fresh, asked(fresh, content))
    (ada,) = fresh.admin("GET", "/v1/people").json()["people"]
    assert (ada["name"], ada["host"], ada["groups"]) == ("Ada Lovelace", "Charles Babbage", ["Staff", "Workshop"])
    assert ada["valid_until_utc"].startswith("2030-01-01")
    for group in fresh.admin("GET", "/v1/groups").json():
        assert [act for act, _ in acts_with(fresh, f"group:{group['id']}")] == ["group-made"]
    wrong = {"gone.jpg": "missing", "x2.jpg": "row-not-understood", "x3.jpg": "not-in-the-list"}
    assert items(fresh, job, "rejected") == wrong | dict.fromkeys(("x4.jpg", "x5.jpg"), "row-not-understood")


def test_an_upload_goes_on_where_it_was_broken_off(central: Running) -> None:
    upload = central.admin("POST", "/v1/uploads", json={"size": 10}).json()["id"]
    assert append(central, upload, 0, b"01234").json()["offset"] == 5
    assert append(central, upload, 0, b"01234").status_code == 409
    assert central.admin("GET", f"/v1/uploads/{upload}").json()["offset"] == 5
    body = {"upload": upload, "consent": CONSENT}
    assert central.admin("POST", "/v1/jobs/enrol-archive", json=body).status_code == 409
    assert append(central, upload, 5, b"567890").status_code == 413
    assert append(central, upload, 5, b"56789").json()["offset"] == 10
    assert (central.settings.data / "uploads" / f"{upload}.zip").read_bytes() == b"0123456789"
    assert central.admin("DELETE", f"/v1/uploads/{upload}").status_code == 204
    assert append(central, upload, 10, b"").status_code == 404


def test_a_disk_without_room_is_said_and_what_came_stays(central: Running) -> None:
    upload = central.admin("POST", "/v1/uploads", json={"size": 10}).json()["id"]
    file = central.settings.data / "uploads" / f"{upload}.zip"
    file.unlink()
    file.symlink_to("/dev/full")
    answer = append(central, upload, 0, b"01234")
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable") and "room" in answer.json()["message"]


def test_a_job_that_meets_a_broken_disk_fails_in_one_sentence(fresh: Running, archive: bytes) -> None:
    answer = asked(fresh, archive)
    folder = fresh.settings.data / "uploads"
    (file,) = folder.glob("*.zip")
    file.unlink()
    file.mkdir()
    work(fresh)
    job = fresh.admin("GET", f"/v1/jobs/{answer.json()['id']}").json()
    assert job["state"] == "failed" and "Traceback" not in job["sentence"], job
    assert names(fresh) == set()


def test_an_archive_larger_than_allowed_is_refused_before_a_byte_comes(central: Running) -> None:
    assert central.admin("POST", "/v1/uploads", json={"size": 21 * 10**9}).status_code == 413


@contextmanager
def an_archive() -> Iterator[tuple[io.BytesIO, zipfile.ZipFile]]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        yield out, archive


def bomb() -> bytes:
    with an_archive() as (out, archive):
        archive.writestr("a/1.jpg", bytes(300_000_000))
    return out.getvalue()


def named(name: str) -> Callable[[], bytes]:
    def made() -> bytes:
        with an_archive() as (out, archive):
            archive.writestr(name, b"?")
        return out.getvalue()

    return made


def link() -> bytes:
    with an_archive() as (out, archive):
        info = zipfile.ZipInfo("a/1.jpg")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def many() -> bytes:
    with an_archive() as (out, archive):
        for number in range(200_001):
            archive.writestr(f"{number}.jpg", b"")
    return out.getvalue()


def overlapping() -> bytes:
    """Two entries of the directory that share the bytes of one."""
    content = bytearray(zipped({"a/1.jpg": b"x" * 5000, "b/1.jpg": b"y" * 5000}))
    at = content.rfind(b"PK\x01\x02")
    content[at + 42 : at + 46] = (10).to_bytes(4, "little")
    return bytes(content)


def locked() -> bytes:
    content = bytearray(zipped({"a/1.jpg": b"x"}))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (bomb, 422),
        (named("../../etc/passwd.jpg"), 422),
        (named("/etc/passwd.jpg"), 422),
        (named("C:/windows.jpg"), 422),
        (named("..\\..\\windows.jpg"), 422),
        (named("inner.zip"), 422),
        (named("inner.tar.gz"), 422),
        (link, 422),
        (locked, 422),
        (overlapping, 422),
        (many, 413),
        (lambda: b"PK not an archive", 415),
        (lambda: zipped({"a/1.jpg": b"x"})[:-10], 415),
    ],
    ids=[
        "bomb", "up", "absolute", "drive", "backslash", "nested-zip", "nested-tar", "link", "locked", "overlapping",
        "many", "not-a-zip", "cut",
    ],
)  # fmt: skip
def test_hostile_archives_are_refused_at_once(central: Running, made: Callable[[], bytes], status: int) -> None:
    answer = asked(central, made())
    assert answer.status_code == status, answer.text
    assert not answer.json()["message"].startswith("Something went wrong")


def test_a_photograph_longer_than_its_directory_says_is_refused_alone(fresh: Running, faces: dict[str, bytes]) -> None:
    content = bytearray(zipped({"Ada/1.jpg": faces["obama"], "Bob/1.jpg": faces["biden"]}))
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")  # uncompressed size in the directory
    job = ended(fresh, asked(fresh, bytes(content)))
    assert names(fresh) == {"Bob"} and list(items(fresh, job, "rejected")) == ["Ada/1.jpg"]


def test_a_job_is_told_as_it_goes_on(fresh: Running, archive: bytes) -> None:
    job = asked(fresh, archive).json()
    work(fresh)
    answer = fresh.admin("GET", f"/v1/jobs/{job['id']}/progress")
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert told[-1]["state"] == "done" and told[-1]["done"] == told[-1]["total"]


def test_a_job_is_told_over_a_websocket_to_those_who_may_watch(fresh: Running, archive: bytes) -> None:
    job = asked(fresh, archive).json()["id"]
    header = {"Authorization": f"Bearer {fresh.token(Role.VIEWER)}"}
    with fresh.client.websocket_connect(f"/v1/jobs/{job}/live", headers=header) as socket:
        assert json.loads(socket.receive_text())["state"] == "waiting"
        work(fresh)
        while (now := json.loads(socket.receive_text()))["state"] != "done":
            pass
        assert now["done"] == now["total"]
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    wrong = {"Authorization": "Bearer nothing"}
    with pytest.raises(WebSocketDenialResponse), fresh.client.websocket_connect(f"/v1/jobs/{job}/live", headers=wrong):
        pass


def test_formulas_in_names_are_harmless_in_the_report(fresh: Running) -> None:
    content = zipped({"=HYPERLINK(1).txt": b"x", "a/1.jpg": b"x"})
    job = ended(fresh, asked(fresh, content))
    report = fresh.admin("GET", f"/v1/jobs/{job['id']}/report").text
    assert "\n'=HYPERLINK" in report.replace("\r", "")


def test_calibration_counts_pairs_of_different_people(fresh: Running, archive: bytes) -> None:
    ended(fresh, asked(fresh, archive))
    job = ended(fresh, fresh.admin("POST", "/v1/jobs/calibrate"))
    assert job["state"] == "done" and job["result"]["pairs"] == 1 and job["result"]["above"] == 0


def test_an_export_opens_with_its_key_alone_and_has_no_templates(
    fresh: Running, archive: bytes, tmp_path: Path
) -> None:

    ended(fresh, asked(fresh, archive, keep_pictures=True))
    key = pyrage.x25519.Identity.generate()
    job = ended(fresh, fresh.admin("POST", "/v1/jobs/export", json={"recipient": str(key.to_public())}))
    assert job["state"] == "done", job
    sealed, plain = tmp_path / "sealed", tmp_path / "plain"
    sealed.write_bytes(fresh.admin("GET", f"/v1/jobs/{job['id']}/file").content)
    decrypt(sealed, plain, Identity(str(key)))
    with zipfile.ZipFile(plain) as opened:
        people = [json.loads(line) for line in opened.read("people.jsonl").splitlines()]
        pictures = [name for name in opened.namelist() if name.startswith("pictures/")]
    assert {one["name"] for one in people} == {"Ada Lovelace", "Charles Babbage"} and len(pictures) == 2
    assert fresh.as_role(Role.OPERATOR, "POST", "/v1/jobs/export", json={"recipient": "age1"}).status_code == 403


def test_retention_erases_whose_validity_ended_long_ago(fresh: Running) -> None:
    fresh.person("Long Gone", valid_until_utc="2020-01-01T00:00:00Z")
    fresh.person("Still Here", valid_until_utc="2099-01-01T00:00:00Z")
    rules = {"version": 0, "retention_days": 30}
    assert fresh.admin("PUT", f"/v1/policies/{fresh.settings.server.site}", json=rules).status_code == 200
    upload = sent(fresh, b"forgotten")
    dry = ended(fresh, fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": True}))
    assert dry["result"] == {"people": 1} and len(names(fresh)) == 2
    fresh.clock.forward(days=2)
    real = ended(fresh, fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": False}))
    assert real["result"] == {"people": 1, "events": 0, "files": 1, "passes": 0, "letters": 0}
    assert names(fresh) == {"Still Here"}
    assert fresh.admin("GET", f"/v1/uploads/{upload}").status_code == 404


def test_events_go_after_the_days_that_the_rules_of_their_site_say(fresh: Running) -> None:
    token = fresh.admin("POST", "/v1/kiosks", json={"name": "Door", "site": "north"}).json()["token"]
    old, new = (event(number, days) for number, days in ((1, 40), (2, 5)))
    header = {"Authorization": f"Bearer {token}"}
    pushed = fresh.nobody("POST", "/v1/kiosk/events", headers=header, json={"events": [old, new]})
    assert pushed.status_code == 200, pushed.text
    fresh.admin("PUT", "/v1/policies/north", json={"version": 0, "events_days": 30})
    job = ended(fresh, fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": False}))
    assert job["result"]["events"] == 1
    assert [one["id"] for one in fresh.admin("GET", "/v1/events").json()["events"]] == [new["id"]]


def event(number: int, days_ago: int) -> dict[str, Any]:
    taken = datetime.now(UTC) - timedelta(days=days_ago)
    return {"id": new_id(taken), "seq": number, "kind": "unknown", "taken_utc": taken.isoformat()}


def test_retention_writes_the_file_of_sqlite_anew(fresh: Running) -> None:
    if fresh.house.database.is_postgresql:
        return
    file = fresh.settings.data / "central.db"
    people = [fresh.person(f"Visitor {number} {'z' * 60}")["id"] for number in range(150)]
    for person in people:
        fresh.admin("DELETE", f"/v1/people/{person}")
    before = file.stat().st_size
    job = ended(fresh, fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": False}))
    assert job["state"] == "done", job
    assert file.stat().st_size < before


def test_once_a_day_a_worker_asks_for_retention_by_itself(fresh: Running) -> None:
    house = fresh.house
    asked_for = [fresh.run(ask_daily, house.database, house.vault, house.clock.utc()) for _ in range(2)]
    fresh.clock.forward(days=1.1)
    asked_for.append(fresh.run(ask_daily, house.database, house.vault, house.clock.utc()))
    assert asked_for == [True, False, True]
    work(fresh)
    jobs = fresh.admin("GET", "/v1/jobs").json()["jobs"]
    assert [one["state"] for one in jobs] == ["done", "done"]
