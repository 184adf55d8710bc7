"""The pages of events in a real browser: rows come by themselves, and an operator says who it was."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.central.browser import TELEPHONE, Site, site
from tests.central.events import an_event
from tests.central.test_pages import SERIOUS, person_page

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, demo_faces: dict[str, Path]) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


def kiosk(page: Page, name: str) -> str:
    """The token of a new kiosk."""
    page.goto("/kiosks")
    page.get_by_text("Make a kiosk known by hand").click()
    page.get_by_label("Name of it").fill(name)
    page.get_by_role("button", name="Make known").click()
    return page.locator("code").inner_text()


def push(here: Site, token: str, *events: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{here.base}/v1/kiosk/events", headers=headers, json={"events": list(events)})
    assert {receipt["answer"] for receipt in answer.json()["receipts"]} == {"accepted"}


def id_of(page: Page, name: str) -> str:
    person_page(page, name)
    return page.url.rpartition("/")[2]


def test_events_come_by_themselves_and_can_be_paused(here: Site) -> None:
    with here.page() as page:
        token = kiosk(page, "Live door")
        person = id_of(page, "Ada Lovelace")
        page.goto("/events")
        said = page.locator("[data-live-said]")
        expect(said).to_have_text("Live.")
        push(here, token, an_event(person=person, similarity=0.8), an_event(kind="fault", reason="camera-gone"))
        expect(page.locator("tbody tr")).to_have_count(2)
        expect(said).to_have_text("Live. 2 new events.")
        expect(page.locator("tbody tr").first).to_contain_text("camera gone")
        expect(page.locator("tbody").get_by_role("link", name="Ada Lovelace")).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        expect(said).to_have_text("Paused.")
        push(here, token, an_event(kind="unknown"))
        page.wait_for_timeout(1200)
        expect(page.locator("tbody tr")).to_have_count(2)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("tbody tr")).to_have_count(3)
        page.get_by_label("Kind").select_option("fault")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(said).to_have_text("Live.")
        push(here, token, an_event(kind="unknown"), an_event(kind="fault"))
        expect(page.locator("tbody tr")).to_have_count(2)


def test_an_operator_says_who_it_was_and_sees_what_follows(here: Site) -> None:
    with here.page() as page:
        token = kiosk(page, "Inbox door")
        person = id_of(page, "Ada Lovelace")
        push(here, token, an_event(kind="unknown", person=person, similarity=0.41, visit="one"))
        push(here, token, an_event(kind="asked-for-pass", person=person, similarity=0.52, visit="one"))
        page.goto("/inbox")
        card = page.locator("section.visit", has_text="Inbox door").first
        expect(card.get_by_role("listitem")).to_have_count(2)
        expect(card.locator(".face img").first).to_be_visible()
        card.get_by_role("button", name="It was Ada Lovelace").click()
        expect(card.get_by_role("status")).to_contain_text("should have recognised this person")
        expect(card.get_by_role("status")).to_be_focused()
        expect(page.locator("#figures div", has_text="wrongly not recognised")).to_contain_text("1")
        card.get_by_text("Somebody else", exact=True).click()
        card.get_by_label("Name or host").fill("somerville")
        card.get_by_role("button", name="Mary Somerville").click()
        expect(card.get_by_role("status")).to_contain_text("It was Mary Somerville.")
        page.goto("/inbox")
        expect(page.locator("section.visit", has_text="0.520")).to_have_count(0)
        page.goto("/inbox?show=all")
        expect(page.locator("section.visit", has_text="It was Mary Somerville.")).to_have_count(1)


def test_a_webhook_is_made_tried_paused_and_removed(here: Site) -> None:
    with here.page() as page:
        page.goto("/webhooks")
        page.get_by_label("Address").fill("https://localhost/")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("alert")).to_contain_text("private network")
        page.goto("/webhooks")
        page.get_by_label("Address").fill("https://hooks.invalid/here")
        page.get_by_text("Only some kinds").click()
        page.get_by_label("Fault").check()
        page.get_by_role("button", name="Add").click()
        assert page.locator("code").inner_text().startswith("fkw_")
        expect(page.get_by_role("heading", name="https://hooks.invalid/here")).to_be_visible()
        page.get_by_role("button", name="Send a trial").click()
        expect(page.get_by_role("cell", name="trial")).to_be_visible()
        page.wait_for_timeout(2500)
        page.reload()
        expect(page.get_by_role("cell", name="no-address")).to_be_visible()
        seen = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in SERIOUS]
        assert not seen
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Paused")).to_be_visible()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("None yet.")).to_be_visible()


def test_the_dashboard_shows_the_visits_of_today(here: Site) -> None:
    with here.page() as page:
        token = kiosk(page, "Counted door")
        push(here, token, an_event(visit="a"), an_event(visit="a"), an_event(kind="unknown"))
        page.goto("/")
        expect(page.get_by_role("img", name=re.compile("^Visits by the hour"))).to_be_visible()
        page.get_by_text("As a table").click()
        expect(page.get_by_role("columnheader", name="Visits")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wide", [True, False], ids=["desk", "telephone"])
def test_with_events_in_them_no_page_shuts_anybody_out(here: Site, wide: bool, scheme: str) -> None:
    more = {} if wide else {"viewport": TELEPHONE}
    with here.page() as page:
        token = kiosk(page, f"Seen by {scheme} {wide}")
        person = id_of(page, "Ada Lovelace")
        push(here, token, an_event(person=person, similarity=0.7, reason="face-matches"), an_event(kind="refused"))
    with here.page(color_scheme=scheme, **more) as page:
        for address in ("/", "/events", "/inbox"):
            page.goto(address)
            for summary in page.locator("summary").all():
                summary.click()
            wrong = [
                f"{one['id']}: {one['nodes'][0]['html'][:100]}"
                for one in Axe().run(page).response["violations"]
                if one["impact"] in SERIOUS
            ]
            assert not wrong, (address, wrong)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, (address, overflow)
