"""Templates for another version, from the pictures that are kept."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from kiosk.central.jobs.reencoding import is_cut_alike
from kiosk.central.models.recipes import recipe_of
from kiosk.vision.manifest import load_manifest
from tests.central.making import Running, settled
from tests.central.models_making import added, champion, embedding_file, equal, given_figures
from tests.central.syncing import CONSENT, a_face, a_kiosk, somebody
from tests.central.test_rollouts import roll_out
from tests.central.working import ended, work

pytestmark = pytest.mark.long


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


def waiting(central: Running) -> list[str]:
    """The versions that re-encoding waits for."""
    jobs = central.admin("GET", "/v1/jobs").json()["jobs"]
    return [one["id"] for one in jobs if (one["kind"], one["state"]) == ("re-encode", "waiting")]


def a_chip() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((150, 150)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_whoever_is_enrolled_at_a_kiosk_of_another_version_is_encoded_without_anybody_asking(fresh: Running) -> None:
    kiosk, other = a_kiosk(fresh), a_kiosk(fresh)
    people = [somebody(chip=a_chip()), somebody(chip=a_chip())]
    for person in people:
        assert kiosk.told("person", **person) == ("accepted", "")
        assert len(waiting(fresh)) == 1, "one that waits is enough for all"
    work(fresh)
    assert waiting(fresh) == []
    for person in people:
        assert sorted(models_of(fresh, person["id"])) == sorted(["a model", fresh.house.model.name])
        assert fresh.house.model.name in {face.model for face in other.sync().people[person["id"]].faces}
    assert kiosk.told("person", **people[0]) == ("duplicate", "") and waiting(fresh) == []


def test_a_push_that_was_cut_off_before_its_people_were_asked_for_makes_up_for_it(fresh: Running) -> None:
    kiosk, person = a_kiosk(fresh), somebody(chip=a_chip())
    kiosk.told("person", **person)
    (job,) = waiting(fresh)
    fresh.admin("POST", f"/v1/jobs/{job}/cancel")
    assert kiosk.told("person", **person) == ("duplicate", "") and len(waiting(fresh)) == 1


def test_versions_that_are_rolled_out_or_still_run_are_encoded_for_and_others_are_not(
    fresh: Running, models_folder: Path
) -> None:
    content, name = embedding_file(models_folder), fresh.house.model.name
    out, run, _ = (added(fresh, equal(content, number), f"{number}") for number in (1, 2, 3))
    roll_out(fresh, out, site="far away", percent=1)
    kiosk = a_kiosk(fresh)
    fresh.nobody("POST", "/v1/kiosk/heart-beat", headers=kiosk.token, json={"model": run["tag"]})
    settled(fresh)
    person = somebody(chip=a_chip(), faces=0, consents=[CONSENT]) | {"faces": [a_face(model=name)]}
    assert kiosk.told("person", **person) == ("accepted", "")
    assert len(waiting(fresh)) == 2
    work(fresh)
    assert sorted(models_of(fresh, person["id"])) == sorted([name, out["tag"], run["tag"]])


def test_who_is_enrolled_at_a_kiosk_is_found_by_central_though_another_version_is_in_production(
    fresh: Running, models_folder: Path
) -> None:
    own = champion(fresh)
    model = added(fresh, equal(embedding_file(models_folder), 1), "2")
    for one in (own, model):
        given_figures(fresh, one["id"])
    assert fresh.admin("POST", f"/v1/models/{model['id']}/promote").json()["state"] == "champion"
    person = somebody(chip=a_chip()) | {"faces": [a_face(model=model["tag"])]}
    assert a_kiosk(fresh).told("person", **person) == ("accepted", "")
    work(fresh)
    assert sorted(models_of(fresh, person["id"])) == sorted([model["tag"], fresh.house.model.name])


def test_who_is_enrolled_on_central_is_encoded_for_the_versions_that_kiosks_run(
    fresh: Running, models_folder: Path, demo_faces: dict[str, Path]
) -> None:
    run = added(fresh, equal(embedding_file(models_folder), 1), "1")
    kiosk = a_kiosk(fresh)
    fresh.nobody("POST", "/v1/kiosk/heart-beat", headers=kiosk.token, json={"model": run["tag"]})
    settled(fresh)
    person = fresh.enrolled("Photographed Here", demo_faces["obama"])
    assert len(waiting(fresh)) == 1
    work(fresh)
    assert run["tag"] in models_of(fresh, person["id"])


def test_whoever_can_t_be_encoded_is_listed_with_the_version(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)
    kiosk.told("person", **somebody("Without Picture"))
    assert waiting(fresh) == []
    model = champion(fresh)["id"]
    html = {"Accept": "text/html"}
    shown = fresh.admin("GET", f"/models/{model}", headers=html).text
    assert "1 person can't be re-encoded" in shown and "Without Picture" in shown
    kiosk.told("person", **somebody("With Picture", chip=a_chip()))
    assert "With Picture" not in fresh.admin("GET", f"/models/{model}", headers=html).text


def test_a_version_that_cuts_faces_in_another_way_is_refused(models_folder: Path) -> None:
    recipe = recipe_of(load_manifest(models_folder).embedding)
    moved = recipe.model_copy(update={"positions": [(x + 0.1 * recipe.chip, y) for x, y in recipe.positions]})
    larger = recipe.model_copy(
        update={"chip": 2 * recipe.chip, "positions": [(2 * x, 2 * y) for x, y in recipe.positions]}
    )
    assert is_cut_alike(recipe, recipe) and is_cut_alike(larger, recipe)
    assert not is_cut_alike(moved, recipe)
