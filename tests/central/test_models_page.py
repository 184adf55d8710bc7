"""The pages of models in a real browser: from the upload to production and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.central.browser import TELEPHONE, Site, site
from tests.central.models_making import embedding_file, equal, labelled_zip, worse

pytestmark = pytest.mark.long

SERIOUS = {"serious", "critical"}
HEAVIEST = 300_000


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, demo_faces: dict[str, Path]) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, lfw: Path) -> Path:
    """Files to choose: two models, something else, and a labelled set."""
    folder, content = tmp_path_factory.mktemp("things"), embedding_file(models_folder)
    (folder / "equal.tflite").write_bytes(equal(content, 1))
    (folder / "worse.tflite").write_bytes(worse(content))
    (folder / "junk.tflite").write_bytes(b"junk")
    (folder / "set.zip").write_bytes(labelled_zip(lfw, 40))
    return folder


def upload(page: Page, file: Path, name: str) -> None:
    page.goto("/models")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Version").fill("1")
    page.get_by_label("Licence").fill("CC0-1.0")
    page.get_by_role("button", name="Upload and try out").click()


def measure(page: Page, things: Path) -> None:
    page.get_by_label("Labelled set").set_input_files(things / "set.zip")
    with page.expect_navigation():
        page.get_by_role("button", name="Measure").click()
    page.get_by_role("link", name="To the model").click()
    expect(page.get_by_role("region", name="What was measured")).to_contain_text("40 people")


def test_a_version_goes_into_production_and_a_worse_one_does_not(here: Site, things: Path) -> None:
    with here.page() as page:
        page.on("dialog", lambda dialog: dialog.accept())
        upload(page, things / "junk.tflite", "junk")
        expect(page.locator("#answer").get_by_role("alert")).to_contain_text("not a TFLite model")
        for name in ("equal", "worse"):
            upload(page, things / f"{name}.tflite", name)
            page.wait_for_url("**/models/0*")
            measure(page, things)
        page.goto("/models")
        page.get_by_role("link", name="dlib-resnet29-int8").click()
        measure(page, things)
        page.goto("/models")
        expect(page.get_by_role("img", name="People missed against strangers let in")).to_have_count(1)
        expect(page.locator("polyline")).to_have_count(3)
        page.locator("section.card", has_text="worse").get_by_role("button", name="Promote").first.click()
        expect(page.get_by_role("alert")).to_contain_text("step back")
        page.goto("/models")
        page.locator("section.card", has_text="equal").get_by_role("button", name="Promote").first.click()
        page.wait_for_url("**/models")
        log = page.get_by_role("region", name="Log of models")
        expect(log.get_by_role("row").nth(1)).to_contain_text("promoted")
        page.get_by_role("button", name="Roll back to dlib-resnet29-int8").click()
        page.wait_for_url("**/models")
        expect(log.get_by_role("row").nth(1)).to_contain_text("rolled back")
        expect(page.locator("section.card", has_text="dlib-resnet29-int8").first).to_contain_text("Champion")


def roll_out_to_north(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Roll out to").select_option("site")
    page.get_by_label("Site or group").fill("north")
    page.get_by_label("Percent").fill("100")
    page.get_by_role("button", name="Roll out").click()


def test_a_candidate_is_rolled_out_and_never_to_all_by_mistake(here: Site, things: Path, models_folder: Path) -> None:
    (things / "other.tflite").write_bytes(equal(embedding_file(models_folder), 2))
    with here.page() as page:
        page.goto("/kiosks")
        page.get_by_text("Make a kiosk known by hand").click()
        page.get_by_label("Name of it").fill("Front door")
        page.get_by_label("Site of it").fill("north")
        page.get_by_role("button", name="Make known").click()
        upload(page, things / "other.tflite", "other")
        page.wait_for_url("**/models/0*")
        address = page.url
        for scope, target in (("site", ""), ("fleet", "north")):
            page.goto(address)
            page.get_by_label("Roll out to").select_option(scope)
            page.get_by_label("Site or group").fill(target)
            page.get_by_label("Percent").fill("100")
            page.get_by_role("button", name="Roll out").click()
            expect(page.get_by_role("alert")).to_contain_text("Name the site or the group")
        roll_out_to_north(page, address)
        expect(page.get_by_role("alert")).to_contain_text("never measured")
        page.goto(address)
        measure(page, things)
        roll_out_to_north(page, address)
        expect(page.get_by_role("alert")).to_contain_text("too few people for 1 in 10,000")
        page.goto("/policies?site=north")
        page.get_by_label("Let in with another's pass").select_option("normal")
        page.get_by_role("button", name="Save").click()
        roll_out_to_north(page, address)
        expect(page.get_by_text("100 % of the site north")).to_be_visible()
        expect(page.get_by_role("region", name="Kiosks")).to_contain_text("On its way")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wide", [True, False], ids=["desk", "telephone"])
def test_the_pages_shut_nobody_out_and_are_light(here: Site, things: Path, wide: bool, scheme: str) -> None:
    more = {} if wide else {"viewport": TELEPHONE}
    with here.page(color_scheme=scheme, **more) as page:
        weights: list[int] = []
        page.on("response", lambda answer: weights.append(len(answer.body())) if answer.status < 300 else None)
        page.goto("/models")
        link = page.get_by_role("link", name="dlib-resnet29-int8").first.get_attribute("href")
        for address in ("/models", str(link)):
            weights.clear()
            page.goto(address, wait_until="networkidle")
            assert 1_000 < sum(weights) <= HEAVIEST
            violations = Axe().run(page).response["violations"]
            found = [f"{one['id']}: {one['nodes'][0]['html'][:100]}" for one in violations if one["impact"] in SERIOUS]
            assert not found, (address, found)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, (address, overflow)
