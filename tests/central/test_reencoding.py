"""Templates for another version, from the pictures that are kept."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from kiosk.central.jobs.reencoding import is_cut_alike
from kiosk.central.models.recipes import recipe_of
from kiosk.vision.manifest import load_manifest
from tests.central.making import Running
from tests.central.models_making import added, embedding_file, equal
from tests.central.working import ended


def models_of(central: Running, person: str) -> list[str]:
    return [one["model"] for one in central.admin("GET", f"/v1/people/{person}").json()["templates"]]


@pytest.fixture
def photos(demo_faces: Mapping[str, Path]) -> list[Path]:
    return [demo_faces["obama"], demo_faces["biden"]]


def test_everybody_with_a_picture_gets_a_template_once(fresh: Running, photos: list[Path], models_folder: Path) -> None:
    seen, other = (fresh.enrolled(name, photo) for name, photo in zip(("Ada", "Bob"), photos, strict=True))
    nobody = fresh.person("Without a face")
    model = added(fresh, equal(embedding_file(models_folder), 1), "2.0")
    for people in (2, 0):
        job = ended(fresh, fresh.admin("POST", f"/v1/models/{model['id']}/re-encode"))
        assert job["state"] == "done" and job["result"]["people"] == people, job
    for person in (seen, other):
        assert sorted(models_of(fresh, person["id"])) == sorted([fresh.house.model.name, model["tag"]])
    assert models_of(fresh, nobody["id"]) == []
    files = {"picture": ("p.jpg", photos[0].read_bytes())}
    found = fresh.admin("POST", "/v1/faces/identify", files=files).json()
    assert found["match"] == seen["id"]


def test_who_has_no_picture_is_counted_and_left_as_they_are(
    fresh: Running, photos: list[Path], models_folder: Path
) -> None:
    fresh.ready()
    person = fresh.person("Ada")
    consent = {"text_version": "v", "language": "en", "given_utc": "2026-11-21T10:00:00Z"}
    files = [("pictures", ("p.jpg", photos[0].read_bytes()))]
    fresh.admin("POST", f"/v1/people/{person['id']}/photographs?keep_picture=false", files=files, data=consent)
    model = added(fresh, equal(embedding_file(models_folder), 1), "2.0")
    job = ended(fresh, fresh.admin("POST", f"/v1/models/{model['id']}/re-encode"))
    assert (job["result"]["people"], job["result"]["without"]) == (0, 1)
    assert models_of(fresh, person["id"]) == [fresh.house.model.name]


def test_a_version_that_cuts_faces_in_another_way_is_refused(models_folder: Path) -> None:
    recipe = recipe_of(load_manifest(models_folder).embedding)
    moved = recipe.model_copy(update={"positions": [(x + 0.1 * recipe.chip, y) for x, y in recipe.positions]})
    larger = recipe.model_copy(
        update={"chip": 2 * recipe.chip, "positions": [(2 * x, 2 * y) for x, y in recipe.positions]}
    )
    assert is_cut_alike(recipe, recipe) and is_cut_alike(larger, recipe)
    assert not is_cut_alike(moved, recipe)
