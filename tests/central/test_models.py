"""The registry of models: what is let in, what is refused, and what was in production when."""

import asyncio
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from kiosk.central.models.registry import Registry
from kiosk.central.models.shipped import registered
from kiosk.central.models.tables import LogRow
from kiosk.central.settings import UploadOptions
from tests.central.making import Running, running, settings_for
from tests.central.models_making import added, champion, embedding_file, equal, uploaded


def files(central: Running) -> set[str]:
    folder = central.settings.data / "models"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def test_the_model_that_came_with_central_is_in_production_from_the_start(fresh: Running, models_folder: Path) -> None:
    model = champion(fresh)
    content = embedding_file(models_folder)
    assert model["sha256"] == hashlib.sha256(content).hexdigest() and model["size"] == len(content)
    assert (model["state"], model["tag"], model["dimension"]) == ("champion", "dlib-resnet29-int8", 128)
    assert model["card"]["licence"] == "CC0-1.0" and model["card"]["recipe"]["mirror"] is True
    assert 0 < model["speed_ms"] < 1000
    assert fresh.admin("GET", f"/v1/models/{model['id']}").json()["sha256"] == model["sha256"]
    assert [line["act"] for line in fresh.admin("GET", "/v1/models/log").json()] == ["first"]
    assert files(fresh) == {f"{model['sha256']}.tflite"}


def test_many_who_look_first_at_once_register_it_once(fresh: Running) -> None:
    async def together() -> int:
        await asyncio.gather(*(registered(fresh.house) for _ in range(4)))
        async with fresh.house.database.reading() as session:
            registry = Registry(session, fresh.house.vault)
            return len(await registry.everything()) * 10 + len(await registry.log())

    assert fresh.run(together) == 11


def test_a_file_that_was_lost_is_put_back_from_what_came_with_central(fresh: Running) -> None:
    name = f"{champion(fresh)['sha256']}.tflite"
    (fresh.settings.data / "models" / name).unlink()
    champion(fresh)
    assert files(fresh) == {name}


def test_a_version_is_uploaded_tried_out_and_becomes_a_candidate(central: Running, models_folder: Path) -> None:
    content = equal(embedding_file(models_folder), 1)
    model = added(central, content, "1", description="The same again.", notes="Nothing new.")
    digest = hashlib.sha256(content).hexdigest()
    assert (model["sha256"], model["size"], model["state"]) == (digest, len(content), "candidate")
    assert (model["tag"], model["dimension"]) == ("another@1", 128) and model["speed_ms"] > 0
    assert model["card"]["recipe"] == champion(central)["card"]["recipe"]
    kept = central.settings.data / "models" / f"{digest}.tflite"
    assert kept.read_bytes() == content
    trail = central.admin("GET", "/v1/audit", params={"subject": f"model:{model['id']}"}).json()["acts"]
    assert [act["act"] for act in trail] == ["model-uploaded"]
    assert model["id"] in [one["id"] for one in central.admin("GET", "/v1/models").json()]


def test_the_same_content_or_the_same_version_twice_is_refused(central: Running, models_folder: Path) -> None:
    content = equal(embedding_file(models_folder), 2)
    added(central, content, "twice")
    before = files(central)
    assert uploaded(central, content, "twice-more").status_code == 409
    assert uploaded(central, equal(content, 3), "twice").status_code == 409
    assert uploaded(central, embedding_file(models_folder), "the-shipped-one").status_code == 409
    assert files(central) == before


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda models: b"", "not-a-model"),
        (lambda models: b"not a model at all" * 100, "not-a-model"),
        (lambda models: embedding_file(models)[:100_000], None),
        (lambda models: (models / "face_mesh.tflite").read_bytes(), "wrong-output"),
        (lambda models: (models / "blazeface_short_int8.tflite").read_bytes(), "wrong-output"),
    ],
    ids=["empty", "text", "half", "a mesh", "a detector"],
)
def test_what_is_no_embedding_model_leaves_nothing(
    central: Running, models_folder: Path, make: Any, reason: str | None
) -> None:
    before, known = files(central), central.admin("GET", "/v1/models").json()
    answer = uploaded(central, make(models_folder), "no")
    assert answer.status_code == 422 and answer.json()["error"] == "unusable", answer.text
    assert reason is None or answer.json()["reason"] == reason
    assert files(central) - before <= {f"{champion(central)['sha256']}.tflite"}
    assert central.admin("GET", "/v1/models").json() == known


@pytest.mark.parametrize(
    "card",
    [
        "",
        "[" * 20_000,
        "{}",
        json.dumps({"name": "../../etc", "version": "1"}),
        json.dumps({"name": "a", "version": "1", "kind": "detector"}),
        json.dumps({"name": "a", "version": "1", "surprise": "s3cret"}),
    ],
    ids=["nothing", "deep", "empty", "path", "kind", "unknown"],
)
def test_a_wrong_card_is_refused_without_being_repeated(central: Running, models_folder: Path, card: str) -> None:
    content = equal(embedding_file(models_folder), 4)
    answer = central.admin("POST", "/v1/models", files={"model": ("m", content)}, data={"card": card})
    assert answer.status_code == 422 and "s3cret" not in answer.text and "etc" not in answer.text


def test_a_form_without_a_file_or_with_too_much_is_refused(central: Running) -> None:
    card = {"card": json.dumps({"name": "a", "version": "1"})}
    assert central.admin("POST", "/v1/models", json={}).status_code == 415
    assert central.admin("POST", "/v1/models", files={"other": ("m", b"x")}, data=card).status_code == 422
    huge = bytes(round(central.settings.models.file_mb * 1_000_000) + 200_000)
    assert central.admin("POST", "/v1/models", files={"model": ("m", huge)}, data=card).status_code == 413


@pytest.mark.parametrize("statement", [update(LogRow).values(act="first"), delete(LogRow)], ids=["change", "removal"])
def test_the_database_itself_refuses_to_edit_the_log(central: Running, statement: Any) -> None:
    champion(central)

    async def edit() -> None:
        async with central.house.database.writing() as session:
            await session.execute(statement)

    with pytest.raises(DBAPIError, match="never edited"):
        central.run(edit)


def test_before_the_first_nothing_was_in_production(central: Running) -> None:
    champion(central)
    before = central.admin("GET", "/v1/models/production", params={"at": "2020-01-01T00:00:00Z"})
    assert before.status_code == 404
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert central.admin("GET", "/v1/models/production", params={"at": moment}).status_code == 422


def test_what_a_stopped_server_left_lying_is_swept_away(tmp_path: Path) -> None:
    for folder in ("models", "shelf"):
        (tmp_path / folder).mkdir()
    old, new = tmp_path / ".labelled-old", tmp_path / ".labelled-new"
    killed, under_way = tmp_path / "shelf" / ".export-killed", tmp_path / "shelf" / ".export-under-way"
    half, whole = tmp_path / "models" / ".incoming-half.tflite", tmp_path / "models" / "whole.tflite"
    for folder in (old, new, killed, under_way):
        folder.mkdir()
        (folder / "1").write_bytes(b"a face")
    for file in (half, whole):
        file.write_bytes(b"a model")
    long_ago = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    for path in (old, old / "1", killed / "1", killed, under_way, half, whole):
        os.utime(path, (long_ago, long_ago))
    with running(settings_for(tmp_path, "", uploads=UploadOptions(folder=tmp_path / "shelf"))):
        assert not old.exists() and not half.exists() and not killed.exists()
        assert new.exists() and whole.exists() and under_way.exists()
