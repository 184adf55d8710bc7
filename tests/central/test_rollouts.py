"""Which kiosk runs which version: decided once, the same everywhere, and more of them with every percent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.central.models.choosing import Place, Rollout, model_for, share_of
from kiosk.central.models.messages import Scope
from tests.central.making import Running, settled
from tests.central.models_making import added, champion, embedding_file, equal, given_figures
from tests.central.syncing import a_kiosk
from tests.central.test_fleet import made

BEGAN = datetime(2026, 11, 21, tzinfo=UTC)
KIOSKS = [f"kiosk {number}" for number in range(1000)]
some_rollouts = st.lists(
    st.builds(
        Rollout,
        model=st.sampled_from(["a", "b", "c"]),
        scope=st.sampled_from(Scope),
        target=st.sampled_from(["", "east", "west"]),
        percent=st.integers(0, 100),
        began_utc=st.integers(0, 5).map(lambda days: BEGAN + timedelta(days=days)),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: (one.model, one.began_utc),
)
some_places = st.builds(
    Place,
    kiosk=st.uuids().map(str),
    site=st.sampled_from(["east", "west"]),
    groups=st.frozensets(st.sampled_from(["east", "west"])),
)


@given(some_rollouts, some_places, st.data())
def test_a_higher_percentage_takes_no_kiosk_out(rollouts: list[Rollout], place: Place, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(rollouts) - 1))
    raised = replace(rollouts[index], percent=data.draw(st.integers(rollouts[index].percent, 100)))
    before = model_for(place, rollouts, "champion")
    after = model_for(place, [*rollouts[:index], raised, *rollouts[index + 1 :]], "champion")
    assert after in (before, raised.model)


@given(some_rollouts, some_places, st.randoms())
def test_the_order_in_which_they_are_read_means_nothing(rollouts: list[Rollout], place: Place, chance: Any) -> None:
    mixed = list(rollouts)
    chance.shuffle(mixed)
    assert model_for(place, mixed, "champion") == model_for(place, rollouts, "champion")


@given(st.text(min_size=1, max_size=40), st.integers(0, 100))
def test_the_share_of_kiosks_is_near_the_percentage(model: str, percent: int) -> None:
    rollout = Rollout(model, Scope.FLEET, "", percent, BEGAN)
    reached = sum(rollout.reaches(Place(kiosk, "east", frozenset())) for kiosk in KIOSKS)
    assert abs(reached - 10 * percent) <= 80  # five standard deviations of a thousand
    if percent in (0, 100):
        assert reached == 10 * percent


def test_two_versions_begin_with_different_kiosks() -> None:
    first, second = ({kiosk for kiosk in KIOSKS if share_of(model, kiosk) < 0.1} for model in ("a", "b"))
    assert len(first & second) < 30


def due(central: Running, token: dict[str, str]) -> dict[str, Any]:
    answer = central.nobody("GET", "/v1/kiosk/model", headers=token)
    assert answer.status_code == 200, answer.text
    model: dict[str, Any] = answer.json()
    return model


def roll_out(central: Running, model: dict[str, Any], **new: Any) -> dict[str, Any]:
    if not central.admin("GET", f"/v1/models/{model['id']}").json()["evaluations"]:
        given_figures(central, model["id"])
    answer = central.admin("POST", f"/v1/models/{model['id']}/rollout", json=new)
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.json()
    return state


def test_a_version_reaches_a_site_then_a_group_then_nobody(fresh: Running, models_folder: Path) -> None:
    first = champion(fresh)
    model = added(fresh, equal(embedding_file(models_folder), 1), "2")
    north, north_token = made(fresh, "North", site="north")
    south, south_token = made(fresh, "South", site="south", groups=["Outdoors"])
    assert due(fresh, north_token)["id"] == first["id"]
    state = roll_out(fresh, model, site="NORTH", percent=100)
    assert (state["due"], state["running"]) == (1, 0)
    assert (due(fresh, north_token)["id"], due(fresh, south_token)["id"]) == (model["id"], first["id"])
    roll_out(fresh, model, group="outdoors", percent=100)
    assert due(fresh, south_token)["tag"] == "another@2"
    fresh.nobody("POST", "/v1/kiosk/heart-beat", headers=north_token, json={"model": "another@2"})
    fresh.nobody("POST", "/v1/kiosk/heart-beat", headers=south_token, json={"model": first["tag"]})
    settled(fresh)
    state = fresh.admin("GET", f"/v1/models/{model['id']}/rollout").json()
    told = {kiosk["kiosk"]: (kiosk["due"], kiosk["runs"], kiosk["says"]) for kiosk in state["kiosks"]}
    assert told == {north["id"]: (True, True, "another@2"), south["id"]: (True, False, first["tag"])}
    assert (state["due"], state["running"]) == (2, 1)
    roll_out(fresh, model, site="north", percent=0)
    assert due(fresh, north_token)["id"] == first["id"]
    assert fresh.admin("POST", f"/v1/models/{model['id']}/archive").status_code == 200
    assert due(fresh, south_token)["id"] == first["id"]
    assert fresh.admin("GET", f"/v1/models/{model['id']}/rollout").json()["rollouts"] == []


@pytest.mark.parametrize("new", [{"percent": 101}, {"percent": -1}, {"percent": 5, "site": "a", "group": "b"}, {}])
def test_a_rollout_that_makes_no_sense_is_refused(central: Running, new: dict[str, Any]) -> None:
    assert central.admin("POST", f"/v1/models/{champion(central)['id']}/rollout", json=new).status_code == 422


def refused(central: Running, model: dict[str, Any], **new: Any) -> str:
    answer = central.admin("POST", f"/v1/models/{model['id']}/rollout", json=new)
    assert answer.status_code == 409, answer.text
    assert central.admin("GET", f"/v1/models/{model['id']}/rollout").json()["rollouts"] == []
    return str(answer.json()["reason"])


def test_what_was_never_measured_is_rolled_out_to_nobody(fresh: Running, models_folder: Path) -> None:
    model = added(fresh, equal(embedding_file(models_folder), 1), "2")
    assert refused(fresh, model, percent=1) == "not-measured"
    assert fresh.admin("POST", f"/v1/models/{model['id']}/rollout", json={"percent": 0}).status_code == 200


def test_what_was_measured_too_little_goes_where_less_is_demanded(fresh: Running, models_folder: Path) -> None:
    model = added(fresh, equal(embedding_file(models_folder), 1), "2")
    made(fresh, "North", site="north")
    made(fresh, "South", site="south", groups=["Outdoors"])
    given_figures(fresh, model["id"], strictest=1e-4)
    for site, level in (("north", "strict"), ("south", "strictest")):
        rules = {"claim_level": level, "version": 0}
        assert fresh.admin("PUT", f"/v1/policies/{site}", json=rules).status_code == 200
    for new in ({}, {"site": "SOUTH"}, {"group": "outdoors"}):
        assert refused(fresh, model, percent=1, **new) == "measured-too-little"
    assert roll_out(fresh, model, site="north", percent=1)["rollouts"]
    given_figures(fresh, model["id"], strictest=1e-5)
    assert roll_out(fresh, model, percent=1)["rollouts"]


def test_what_kiosks_say_of_a_version_is_shown_with_it(fresh: Running, models_folder: Path) -> None:
    model = added(fresh, equal(embedding_file(models_folder), 1), "2")
    quiet, waits, failed = (a_kiosk(fresh) for _ in range(3))
    said = {"tag": model["tag"], "at_utc": "2026-11-21T10:00:00Z"}
    assert failed.told("model", state="running", **said) == ("accepted", "")
    assert failed.told("model", state="failed", reason="slow", **said) == ("accepted", "")
    assert waits.told("model", state="waiting", missing=3, **said) == ("accepted", "")
    kiosks = fresh.admin("GET", f"/v1/models/{model['id']}/rollout").json()["kiosks"]
    told = {one["kiosk"]: one["report"] and (one["report"]["state"], one["report"]["missing"]) for one in kiosks}
    assert told == {quiet.id: None, waits.id: ("waiting", 3), failed.id: ("failed", 0)}
    shown = fresh.admin("GET", f"/models/{model['id']}", headers={"Accept": "text/html"}).text
    assert "too slow on that kiosk" in shown and "for 3 people without a template of it" in shown


def test_the_champion_needs_no_rollout(central: Running) -> None:
    answer = central.admin("POST", f"/v1/models/{champion(central)['id']}/rollout", json={"percent": 50})
    assert answer.status_code == 409


def test_a_kiosk_gets_the_file_of_what_it_is_to_run_and_goes_on_where_it_stopped(
    central: Running, models_folder: Path
) -> None:
    _, token = made(central, "Downloader")
    model, content = due(central, token), embedding_file(models_folder)
    assert (model["size"], model["dimension"], model["recipe"]["chip"]) == (len(content), 128, 150)
    address = f"/v1/kiosk/model/{model['id']}/file"
    whole = central.nobody("GET", address, headers=token)
    assert whole.content == content and whole.headers["etag"] == f'"{model["sha256"]}"'
    rest = {**token, "Range": "bytes=1000000-", "If-Range": whole.headers["etag"]}
    part = central.nobody("GET", address, headers=rest)
    assert part.status_code == 206 and part.content == content[1_000_000:]
    other = central.nobody("GET", address, headers={**rest, "If-Range": '"another"'})
    assert other.status_code == 200 and other.content == content
    beyond = central.nobody("GET", address, headers={**token, "Range": "bytes=99999999-"})
    assert beyond.status_code == 416


def test_a_kiosk_gets_no_other_file(central: Running, models_folder: Path) -> None:
    _, token = made(central, "Curious about models")
    model = added(central, equal(embedding_file(models_folder), 2), "secret")
    assert central.nobody("GET", f"/v1/kiosk/model/{model['id']}/file", headers=token).status_code == 404
    assert central.nobody("GET", f"/v1/kiosk/model/{model['id']}/file").status_code == 401
