"""The pages in a real browser: by mouse, by keyboard, on a telephone, and as those hear them who can't see."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from httpx import Client
from playwright.sync_api import Locator, Page, expect

from kiosk.wire.pairing import PairingState
from kiosk.wire.pushed import Answer, Item, Push, PushAnswer
from tests.central.browser import TELEPHONE, Site, sign_in, site
from tests.central.kiosks_making import PairedKiosk
from tests.central.making import PASSWORD
from tests.central.syncing import an_item, somebody
from tests.central.waiting import until

pytestmark = pytest.mark.long

PAGES = (
    "/", "/people", "/enrol", "/import", "/passes", "/compare", "/find", "/lookalikes", "/inbox", "/events",
    "/kiosks", "/policies", "/models", "/webhooks", "/users", "/audit", "/account",
)  # fmt: skip
HEAVIEST = 300_000
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, demo_faces: dict[str, Path]) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


def serious(page: Page) -> list[str]:
    """What Axe has against the page."""
    return [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in SERIOUS]


def searched(page: Page, name: str) -> Locator:
    """The link of somebody who was searched for by name."""
    page.goto("/people")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Name or host").fill(name)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    return page.locator("#people").get_by_role("link", name=re.compile(f"^{name}"))


def person_page(page: Page, name: str) -> None:
    searched(page, name).click()
    page.wait_for_url("**/people/*")


def test_nobody_sees_a_page_before_signing_in(here: Site) -> None:
    with here.page(signed_in=False) as page:
        for address in PAGES:
            page.goto(address)
            assert page.url.partition("?")[0] == f"{here.base}/sign-in", address
        sign_in(page, password="not the password")
        expect(page.get_by_role("alert")).to_contain_text("not right")


def test_somebody_is_enrolled_found_given_a_pass_and_erased(here: Site, demo_faces: dict[str, Path]) -> None:
    with here.page() as page:
        page.goto("/enrol")
        page.get_by_label("Photographs").set_input_files([demo_faces["biden"]])
        page.get_by_label("Name").fill("Emmy Noether")
        page.get_by_label("They have read this").check()
        page.get_by_role("button", name="Enrol", exact=True).click()
        page.get_by_role("link", name="Look at them").click()
        expect(page.get_by_role("heading", name="Emmy Noether")).to_be_visible()
        page.get_by_role("button", name="Issue").click()
        expect(page.get_by_role("img", name="QR code of this pass")).to_be_visible()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("Its code is not shown any more.")).to_be_visible()
        person_page(page, "Emmy Noether")
        page.get_by_role("button", name="Erase").click()
        expect(page.get_by_role("heading", name="Erased")).to_be_visible()
        page.goto("/people")
        page.get_by_label("Name or host").fill("noether")
        expect(page.get_by_text("Nobody is like that.")).to_be_visible()
        assert "noether" not in page.url


def test_two_entries_of_one_person_are_made_one(here: Site, demo_faces: dict[str, Path]) -> None:
    with here.page() as page:
        page.on("dialog", lambda dialog: dialog.accept())
        for name in ("Hedy Lamarr", "Hedwig Kiesler"):
            page.goto("/enrol")
            page.get_by_label("Photographs").set_input_files([demo_faces["biden"]])
            page.get_by_label("Name").fill(name)
            page.get_by_label("They have read this").check()
            page.get_by_role("button", name="Enrol", exact=True).click()
            expect(page.get_by_role("link", name="Look at them")).to_be_visible()
        page.goto("/lookalikes")
        pair = page.locator("section.card", has_text="Hedy Lamarr").filter(has_text="Hedwig Kiesler")
        pair.get_by_role("link", name="Make one of them").click()
        both, hedy = page.url, page.get_by_role("region", name="Hedy Lamarr")
        person_page(page, "Hedwig Kiesler")
        page.get_by_role("button", name="Disable").click()
        expect(page.get_by_role("button", name="Enable")).to_be_visible()
        page.goto(both)
        expect(hedy.get_by_text("is disabled and would be let in again")).to_be_visible()
        expect(page.get_by_role("button", name="Keep this one")).to_have_count(1)
        person_page(page, "Hedwig Kiesler")
        page.get_by_role("button", name="Enable").click()
        expect(page.get_by_role("button", name="Disable")).to_be_visible()
        page.goto(both)
        hedy.get_by_role("button", name="Keep this one").click()
        expect(page.get_by_role("heading", name="Hedy Lamarr")).to_be_visible()
        page.goto("/people")
        expect(page.locator("#people").get_by_text("Hedwig Kiesler")).to_have_count(0)


def test_a_token_is_made_shown_once_and_revoked(here: Site) -> None:
    with here.page() as page:
        page.goto("/account")
        page.get_by_label("Name").fill("nightly report")
        page.get_by_role("button", name="Make a token").click()
        secret = page.locator("section", has_text="Tokens for scripts").locator("code").inner_text()
        header = {"Authorization": f"Bearer {secret}"}
        assert page.request.get("/v1/people", headers=header).status == 200
        assert page.request.post("/v1/people", headers=header, data={"name": "Nobody"}).status == 403
        page.goto("/account")
        expect(page.get_by_text(secret)).to_have_count(0)
        page.get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("Revoked")).to_be_visible()
        assert page.request.get("/v1/people", headers=header).status == 401


def test_a_folder_is_tried_out_enrolled_and_taken_back(here: Site, demo_faces: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "visitors"
    for name, face in (("Sofia Kovalevskaya", "obama"), ("Srinivasa Ramanujan", "biden")):
        (folder / name).mkdir(parents=True)
        (folder / name / "1.jpg").write_bytes(demo_faces[face].read_bytes())
    (folder / "notes.txt").write_text("nothing to see")
    with here.page() as page:
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/import")
        page.get_by_label("Folder", exact=False).set_input_files(folder)
        page.get_by_label("Everybody in it").check()
        page.get_by_role("button", name="Try out").click()
        page.wait_for_url("**/jobs/*")
        expect(page.get_by_text("2 people would be enrolled from 2 photographs; 1 files not used.")).to_be_visible()
        expect(page.get_by_role("cell", name="visitors/notes.txt")).to_be_visible()
        page.get_by_role("button", name="Enrol them now").click()
        expect(page.get_by_text("2 people enrolled from 2 photographs")).to_be_visible()
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_text("2 people were erased")).to_be_visible()
        page.goto("/people")
        expect(page.get_by_text("Kovalevskaya")).to_have_count(0)


def test_without_consent_nobody_is_enrolled(here: Site, demo_faces: dict[str, Path]) -> None:
    with here.page() as page:
        page.goto("/enrol")
        page.get_by_label("Photographs").set_input_files([demo_faces["biden"]])
        page.get_by_label("Name").fill("No Consent")
        page.locator("[name=consent]").evaluate("box => box.required = false")
        page.get_by_role("button", name="Enrol", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("consent")
        page.goto("/people")
        expect(page.get_by_text("No Consent")).to_have_count(0)


def test_two_photographs_are_compared_with_what_was_seen_drawn(here: Site, demo_faces: dict[str, Path]) -> None:
    with here.page() as page:
        page.goto("/compare")
        page.locator("#a").set_input_files(demo_faces["obama"])
        page.locator("#b").set_input_files(demo_faces["obama3"])
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("status")).to_contain_text("The same person")
        expect(page.locator("#one .mesh")).to_have_count(468)
        page.locator("#b").set_input_files(demo_faces["biden"])
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("status")).to_contain_text("Not the same person")
        page.locator("#b").set_input_files(Path(__file__))
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("alert")).to_contain_text("Only JPEG, PNG and WebP")


def test_a_photograph_finds_whom_it_shows(here: Site, demo_faces: dict[str, Path]) -> None:
    with here.page() as page:
        page.goto("/find")
        page.get_by_label("Photograph").set_input_files(demo_faces["obama3"])
        page.get_by_role("button", name="Find").click()
        expect(page.locator("#answer").get_by_role("status")).to_contain_text("Surely enough one person")
        expect(page.locator("#answer li").first).to_contain_text("match")


def test_whoever_is_found_opens_though_the_mouse_is_held_down_for_a_while(here: Site) -> None:
    """Leaving the field must not search again: what is pressed would be replaced before the mouse is let go."""
    with here.page() as page:
        searched(page, "Ada Lovelace").hover()
        page.mouse.down()
        page.wait_for_timeout(800)
        page.mouse.up()
        page.wait_for_url("**/people/*")


def test_of_two_who_edit_one_person_the_second_is_told(here: Site) -> None:
    with here.page() as first, here.page() as second:
        for page in (first, second):
            person_page(page, "Mary Somerville")
            page.get_by_role("link", name="Edit").click()
        first.get_by_label("Host").fill("The first")
        first.get_by_role("button", name="Save").click()
        expect(first.get_by_text("The first")).to_be_visible()
        second.get_by_label("Host").fill("The second")
        second.get_by_role("button", name="Save").click()
        expect(second.get_by_role("alert")).to_contain_text("Somebody else changed this person")


def test_somebody_invited_chooses_a_password_and_sees_what_their_role_may(here: Site) -> None:
    with here.page() as page:
        page.goto("/users")
        page.get_by_label("Name").fill("A viewer")
        page.get_by_role("button", name="Invite").click()
        link = page.locator("code").inner_text()
    with here.page(signed_in=False) as page:
        page.goto(link)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_label("The same again").fill("something else entirely")
        page.get_by_role("button", name="Choose").click()
        expect(page.get_by_role("alert")).to_contain_text("differ")
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_role("button", name="Choose").click()
        page.wait_for_url("**/sign-in")
        sign_in(page, "A viewer")
        expect(page.get_by_role("navigation").get_by_role("link", name="People")).to_be_visible()
        expect(page.get_by_role("link", name="Users")).to_have_count(0)
        page.goto("/users")
        expect(page.get_by_role("alert")).to_contain_text("may not")
        page.get_by_role("button", name="Sign out").click()
        page.goto("/people")
        assert page.url.endswith("/sign-in?to=%2Fpeople")


def test_a_kiosk_is_made_known_and_its_site_gets_rules(here: Site) -> None:
    with here.page() as page:
        page.goto("/kiosks")
        page.get_by_text("Make a kiosk known by hand").click()
        page.get_by_label("Name of it").fill("Front door")
        page.get_by_label("Site of it").fill("north")
        page.get_by_role("button", name="Make known").click()
        assert page.locator("code").first.inner_text().startswith("fkd_")
        expect(page.get_by_text("Not heard yet")).to_be_visible()
        page.goto("/policies?site=north")
        page.get_by_label("Let in by face alone").select_option("strictest")
        page.get_by_label("Erase people").fill("30")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Let in by face alone")).to_have_value("strictest")
        expect(page.get_by_label("Erase people")).to_have_value("30")
        page.get_by_label("Text, in English").fill("What is kept, and for how long.")
        page.get_by_role("button", name="Use this text").click()
        expect(page.get_by_text("north-en-1")).to_be_visible()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/kiosks")
        page.get_by_role("button", name="Revoke Front door").click()
        expect(page.get_by_role("region", name="Kiosks that were revoked or left")).to_contain_text("Front door")


def test_a_kiosk_is_paired_by_its_code_with_the_keyboard_alone(here: Site) -> None:
    with here.page() as page, Client(base_url=here.base) as client:
        kiosk = PairedKiosk(client)
        asked = kiosk.ask()
        page.goto(f"/kiosks?code={asked.code}")
        page.get_by_label("Code").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(kiosk.fingerprint)).to_be_visible()
        expect(page.get_by_label("Name", exact=True)).to_be_focused()
        assert serious(page) == []
        page.keyboard.type("Pairing door")
        page.keyboard.press("Tab")
        page.keyboard.type("east wing")
        page.keyboard.press("Tab")
        page.keyboard.type("Outdoors, Night")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Pairing door is paired")
        assert kiosk.claim(asked.id).site == "east wing"
        assert kiosk.beat(software="0.9", dead=3, waiting=12, camera="frozen").status_code == 200
        card = page.locator("section.card", has_text="Pairing door")
        until(lambda: bool(page.reload()) and "Alive" in card.inner_text(), "the heart-beat on the page")
        for told in ("Night, Outdoors", "frozen", "12", kiosk.fingerprint):
            expect(card).to_contain_text(told)
        assert serious(page) == []


def tell(kiosk: PairedKiosk, kind: str, body: dict[str, Any]) -> None:
    push = Push(store="store", items=[Item.model_validate(an_item(kind, body))])
    answer = kiosk.said(kiosk.send("POST", "/v1/kiosk/push", push), PushAnswer)
    assert [one.answer for one in answer.answers] == [Answer.ACCEPTED]


def test_the_page_of_an_erasure_says_by_itself_when_a_kiosk_has_confirmed(here: Site) -> None:
    with here.page() as page, Client(base_url=here.base) as client:
        kiosk = PairedKiosk(client)
        asked = kiosk.ask()
        page.goto(f"/kiosks?code={asked.code}")
        page.get_by_role("button", name="Look").click()
        page.get_by_label("Name", exact=True).fill("Confirming door")
        page.get_by_role("combobox", name="Site").fill("west wing")
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("status")).to_contain_text("Confirming door is paired")
        kiosk.claim(asked.id)
        new = somebody("Sofja Kowalewskaja")
        tell(kiosk, "person", new)
        page.goto(f"/people/{new['id']}")
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Erase").click()
        told = page.locator("#receipts")
        expect(told).to_contain_text("Waiting")
        tell(kiosk, "receipt", {"person": new["id"], "gone_utc": "2026-11-21T10:00:00Z"})
        expect(told).to_contain_text("Confirmed")
        expect(told).not_to_contain_text("Waiting")


def test_a_wrong_code_is_said_and_a_kiosk_that_nobody_knows_is_refused(here: Site) -> None:
    with here.page() as page, Client(base_url=here.base) as client:
        kiosk = PairedKiosk(client)
        asked = kiosk.ask()
        page.goto("/kiosks")
        page.get_by_label("Code").fill("wrong")
        page.get_by_role("button", name="Look").click()
        expect(page.get_by_role("alert")).to_contain_text("8 letters")
        page.get_by_label("Code").fill(asked.code.lower())
        page.get_by_role("button", name="Look").click()
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_label("Code")).to_be_visible()
        assert kiosk.claimed(asked.id).state is PairingState.REFUSED


def test_everything_can_be_reached_and_done_by_keyboard(here: Site) -> None:
    with here.page(signed_in=False) as page:
        page.goto("/sign-in")
        page.keyboard.type("admin")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{here.base}/")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("To the content")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Enrol somebody")
        page.keyboard.press("Enter")
        page.wait_for_url("**/enrol")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wide", [True, False], ids=["desk", "telephone"])
def test_no_page_shuts_anybody_out(here: Site, wide: bool, scheme: str) -> None:
    more = {} if wide else {"viewport": TELEPHONE}
    with here.page(color_scheme=scheme, **more) as page:
        person_page(page, "Ada Lovelace")
        addresses = (*PAGES, page.url, f"{page.url}/edit", "/people/nobody")
        for address in addresses:
            page.goto(address)
            found = [
                f"{one['id']}: {one['nodes'][0]['html'][:100]}"
                for one in Axe().run(page).response["violations"]
                if one["impact"] in SERIOUS
            ]
            assert not found, (address, found)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, (address, overflow)


def test_no_page_is_heavy(here: Site) -> None:
    with here.page() as page:
        weights: list[int] = []
        page.on("response", lambda answer: weights.append(len(answer.body())) if answer.status < 300 else None)
        for address in PAGES:
            weights.clear()
            page.goto(address, wait_until="networkidle")
            assert 1_000 < sum(weights) <= HEAVIEST, (address, sum(weights))


def test_on_a_telephone_the_menu_shows_where_one_is(here: Site) -> None:
    with here.page(viewport=TELEPHONE) as page:
        page.goto("/users")
        expect(page.get_by_role("navigation").get_by_role("link", name="Users")).to_be_in_viewport()


def test_the_api_is_described_by_swagger_and_redoc_from_local_files(here: Site) -> None:
    with here.context(signed_in=False) as context:
        page = context.new_page()
        elsewhere: list[str] = []
        page.on(
            "response", lambda answer: elsewhere.append(answer.url) if not answer.url.startswith(here.base) else None
        )
        for address in ("/docs", "/redoc"):
            page.goto(address)
            expect(page.get_by_text("/v1/jobs/enrol-archive").first).to_be_attached()
        assert not elsewhere
