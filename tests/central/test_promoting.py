"""What goes into production: nothing without a licence, nothing that was not compared, nothing that is worse."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.central.models.promoting import promote
from kiosk.central.models.registry import Registry
from kiosk.central.people.service import Doer
from tests.central.making import Running
from tests.central.models_making import (
    added,
    asked_to_measure,
    champion,
    embedding_file,
    equal,
    labelled_zip,
    measured,
    uploaded,
    worse,
    zipped,
)

pytestmark = pytest.mark.long

PEOPLE = 40


@pytest.fixture(scope="module")
def faces(lfw: Path) -> bytes:
    return labelled_zip(lfw, PEOPLE)


def act(central: Running, model: dict[str, Any], what: str) -> Any:
    return central.admin("POST", f"/v1/models/{model['id']}/{what}")


def state(central: Running, model: dict[str, Any]) -> str:
    found: str = central.admin("GET", f"/v1/models/{model['id']}").json()["state"]
    return found


def in_production(central: Running, moment: datetime) -> str:
    answer = central.admin("GET", "/v1/models/production", params={"at": moment.isoformat()})
    found: str = answer.json()["model"]["id"]
    return found


def test_a_model_is_measured_and_its_curve_is_kept(central: Running, faces: bytes) -> None:
    model = champion(central)
    job = measured(central, model["id"], faces)
    assert job["state"] == "done" and job["done"] == job["total"], job
    (found, *_) = central.admin("GET", f"/v1/models/{model['id']}").json()["evaluations"]
    assert found["fnmr"] == job["result"]["fnmr"]
    assert (found["people"], found["fmr"]) == (PEOPLE, 1e-3)
    assert found["genuine"] > 100 and found["impostors"] > 5000 and found["faceless"] <= 2
    assert 0 <= found["low"] <= found["fnmr"] <= found["high"] < 0.2
    assert len(found["curve"]) == 200 and found["curve"][-1] == [1.0, 0.0]
    assert not list(central.settings.data.glob(".labelled-*"))


def test_measuring_the_same_again_gives_the_same(central: Running, faces: bytes) -> None:
    model = champion(central)["id"]
    for _ in range(2):
        measured(central, model, faces)
    one, again = central.admin("GET", f"/v1/models/{model}").json()["evaluations"][:2]
    for name in ("set_digest", "fnmr", "curve", "low", "high", "genuine", "impostors"):
        assert one[name] == again[name]


def test_a_set_that_is_too_small_or_without_faces_is_refused(central: Running, lfw: Path, models_folder: Path) -> None:
    model = champion(central)["id"]
    small = measured(central, model, labelled_zip(lfw, 3))
    assert small["state"] == "failed" and "too small" in small["sentence"]
    assert asked_to_measure(central, model, b"no archive").status_code == 415
    assert asked_to_measure(central, "nobody", zipped({})).status_code == 404
    assert asked_to_measure(central, model, zipped({})).status_code == 422


def test_the_way_into_production_and_back(fresh: Running, models_folder: Path, faces: bytes) -> None:
    first, content = champion(fresh), embedding_file(models_folder)
    started = fresh.clock.utc()
    second = added(fresh, equal(content, 1), "2")
    refused = act(fresh, second, "promote")
    assert refused.status_code == 409 and refused.json()["reason"] == "not-compared"
    for model in (first, second):
        assert measured(fresh, model["id"], faces)["state"] == "done"
    fresh.clock.forward(hours=1)
    assert act(fresh, second, "promote").json()["state"] == "champion"
    assert (state(fresh, first), champion(fresh)["id"]) == ("archived", second["id"])
    assert act(fresh, second, "promote").status_code == 409
    assert act(fresh, second, "archive").status_code == 409
    fresh.clock.forward(hours=1)
    assert fresh.admin("POST", "/v1/models/rollback").json()["id"] == first["id"]
    assert (state(fresh, first), state(fresh, second)) == ("champion", "archived")
    assert fresh.admin("POST", "/v1/models/rollback").status_code == 409
    assert in_production(fresh, started) == first["id"]
    assert in_production(fresh, started + timedelta(minutes=90)) == second["id"]
    assert in_production(fresh, started + timedelta(hours=3)) == first["id"]
    log = fresh.admin("GET", "/v1/models/log").json()
    assert [line["act"] for line in log] == ["first", "promoted", "rolled-back"]
    assert [line["champion"] for line in log] == [first["id"], second["id"], first["id"]]
    acts = {one["act"] for one in fresh.admin("GET", "/v1/audit").json()["acts"]}
    assert {"model-uploaded", "model-evaluated", "model-promoted", "model-rolled-back"} <= acts


def test_of_two_promoted_at_once_one_is_champion_in_the_end(fresh: Running, models_folder: Path, faces: bytes) -> None:
    first, content = champion(fresh), embedding_file(models_folder)
    two = [added(fresh, equal(content, number), f"at-once-{number}") for number in range(2)]
    for model in (first, *two):
        assert measured(fresh, model["id"], faces)["state"] == "done"

    async def one(model: dict[str, Any]) -> None:
        async with fresh.house.database.writing() as session:
            doer = Doer("test", "test", fresh.clock.utc())
            await promote(Registry(session, fresh.house.vault), model["id"], doer)

    async def both() -> None:
        await asyncio.gather(*(one(model) for model in two))

    fresh.run(both)
    log = fresh.admin("GET", "/v1/models/log").json()
    assert [line["act"] for line in log] == ["first", "promoted", "promoted"]
    states = {model["id"]: model["state"] for model in fresh.admin("GET", "/v1/models").json()}
    assert sorted(states.values()) == ["archived", "archived", "champion"]
    assert states[log[-1]["champion"]] == "champion"
    assert fresh.admin("POST", "/v1/models/rollback").json()["id"] == log[-2]["champion"]
    assert fresh.admin("POST", "/v1/models/rollback").json()["id"] == first["id"]


def test_a_version_that_misses_more_people_is_refused_with_the_figures(
    central: Running, models_folder: Path, faces: bytes
) -> None:
    bad = added(central, worse(embedding_file(models_folder)), "worse")
    for model in (champion(central), bad):
        assert measured(central, model["id"], faces)["state"] == "done"
    refused = act(central, bad, "promote")
    assert refused.status_code == 409 and refused.json()["reason"] == "worse"
    figures = refused.json()["figures"][0]
    assert figures["candidate"]["fnmr"] > figures["champion"]["fnmr"]
    assert figures["candidate"]["genuine"] == figures["champion"]["genuine"]
    assert state(central, bad) == "candidate"


def test_a_set_on_which_it_is_worse_can_t_be_hidden_by_another(
    fresh: Running, models_folder: Path, lfw: Path, faces: bytes
) -> None:
    first, bad = champion(fresh), added(fresh, worse(embedding_file(models_folder)), "worse")
    for archive in (faces, labelled_zip(lfw, PEOPLE, skip=PEOPLE)):
        for model in (first, bad):
            assert measured(fresh, model["id"], archive)["state"] == "done"
    assert len(act(fresh, bad, "promote").json()["figures"]) == 2


def test_without_a_licence_nothing_goes_anywhere(central: Running, models_folder: Path) -> None:
    model = added(central, equal(embedding_file(models_folder), 5), "unlicensed", licence="  ")
    refused = act(central, model, "promote")
    assert refused.status_code == 409 and refused.json()["reason"] == "no-licence"
    out = central.admin("POST", f"/v1/models/{model['id']}/rollout", json={"percent": 10})
    assert out.status_code == 409 and out.json()["reason"] == "no-licence"


def test_an_archived_version_stays_and_may_not_be_uploaded_again(central: Running, models_folder: Path) -> None:
    content = equal(embedding_file(models_folder), 6)
    model = added(central, content, "archived")
    assert act(central, model, "archive").json()["state"] == "archived"
    assert act(central, model, "archive").json()["state"] == "archived"
    assert uploaded(central, content, "again").status_code == 409
    log = central.admin("GET", "/v1/models/log").json()
    assert [line["act"] for line in log if line["model"] == model["id"]] == ["archived"]
    assert log[-1]["champion"] == champion(central)["id"]


def test_unknown_versions_are_missing(central: Running) -> None:
    for what in ("promote", "archive"):
        assert central.admin("POST", f"/v1/models/nobody/{what}").status_code == 404
    assert central.admin("GET", "/v1/models/nobody").status_code == 404
    assert central.admin("GET", "/v1/models/nobody/rollout").status_code == 404
    assert central.admin("POST", "/v1/models/nobody/rollout", json={"percent": 5}).status_code == 404


def test_the_log_goes_on_when_the_clock_is_put_back(fresh: Running, models_folder: Path) -> None:
    first = champion(fresh)
    model = added(fresh, equal(embedding_file(models_folder), 7), "old-clock")
    now = fresh.clock.utc()
    fresh.clock.forward(days=-30)
    assert act(fresh, model, "archive").status_code == 200
    times = [line["at_utc"] for line in fresh.admin("GET", "/v1/models/log").json()]
    assert times == sorted(times)
    assert in_production(fresh, now) == first["id"]
