"""What kiosks told and central did not take as it was, on pages: dead letters, and names changed in two places."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.central.browser import TELEPHONE, Site, choose_password, sign_in, site
from tests.central.syncing import an_item, somebody
from tests.central.test_pages import person_page, serious
from tests.central.waiting import until

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, demo_faces: dict[str, Path]) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@dataclass(frozen=True)
class Kiosk:
    """A kiosk that was made known by hand, and what it tells."""

    base: str
    token: str

    def push(self, *items: dict[str, Any]) -> list[str]:
        """What became of each."""
        answer = self._post("push", {"store": "store", "items": items})
        return [one["reason"] or one["answer"] for one in answer.json()["answers"]]

    def beat(self, **said: Any) -> None:
        self._post("heart-beat", said)

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.post(f"{self.base}/v1/kiosk/{path}", headers=headers, json=body)
        assert answer.status_code == 200, answer.text
        return answer


def a_kiosk(here: Site, page: Page, name: str, where: str = "demo") -> Kiosk:
    page.goto("/kiosks")
    page.get_by_text("Make a kiosk known by hand").click()
    page.get_by_label("Name of it").fill(name)
    page.get_by_label("Site of it").fill(where)
    page.get_by_role("button", name="Make known").click()
    return Kiosk(here.base, page.locator("code").first.inner_text())


def an_edit(person: str, name: str) -> dict[str, Any]:
    return an_item("edit", {"person": person, "base": 1, "name": name})


def id_of(page: Page, name: str) -> str:
    person_page(page, name)
    return page.url.rpartition("/")[2]


def contradicted(here: Site, page: Page, name: str, wanted: str) -> str:
    """Somebody who was enrolled at a kiosk, called `name` by an admin, and meanwhile `wanted` at another kiosk."""
    new = somebody(f"{name} at first", faces=0)
    assert a_kiosk(here, page, f"Enrols {name}").push(an_item("person", new)) == ["accepted"]
    page.goto(f"/people/{new['id']}/edit")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save").click()
    assert a_kiosk(here, page, f"Renames {name}").push(an_edit(new["id"], wanted)) == ["conflict-kept"]
    person: str = new["id"]
    return person


def test_what_was_not_taken_is_listed_with_what_it_means_and_whom_it_is_about(here: Site) -> None:
    with here.page() as page:
        ada = id_of(page, "Ada Lovelace")
        kiosk = a_kiosk(here, page, "Faulty door", "elsewhere")
        told = [an_item("horoscope", {"sign": "leo"}), an_item("person", {"id": ada})]
        told += [an_edit("nobody", "Nobody"), an_edit(ada, "Augusta")]
        reasons = [reason for one in told for reason in kiosk.push(one)]
        assert reasons == ["unknown-kind", "bad-body", "unknown-person", "not-yours"]
        page.goto("/kiosks")
        card = page.locator("section.card", has_text="Faulty door")
        card.get_by_role("link", name="4 items").click()
        expect(page.get_by_role("heading", name="Not taken from Faulty door")).to_be_visible()
        rows = page.locator("main li")
        for row, said in zip(
            rows.all(), ("another site", "no such person", "same version", "does not know what"), strict=True
        ):
            expect(row).to_contain_text(said)
        assert "Augusta" not in page.content()
        rows.first.get_by_role("link", name="Ada Lovelace").click()
        assert page.url.endswith(f"/people/{ada}")


def test_a_kiosk_from_which_all_was_taken_says_so_and_one_that_counts_more_too(here: Site) -> None:
    with here.page() as page:
        a_kiosk(here, page, "Faultless door").beat(dead=3)
        card = page.locator("section.card", has_text="Faultless door")
        page.goto("/kiosks")
        until(lambda: bool(page.reload()) and "3 items" in card.inner_text(), "the heart-beat on the page")
        card.get_by_role("link", name="3 items").click()
        expect(page.get_by_text("Nothing: all that this kiosk told was taken.")).to_be_visible()
        expect(page.get_by_text("The kiosk itself counts 3.")).to_be_visible()
        page.goto("/kiosks/nowhere/dead-letters")
        expect(page.get_by_role("alert")).to_contain_text("no such kiosk")


def test_a_name_that_was_changed_in_two_places_is_chosen_on_a_page(here: Site) -> None:
    with here.page() as page:
        page.goto("/conflicts")
        expect(page.get_by_text("None: all names are settled.")).to_be_visible()
        kept = contradicted(here, page, "Maria Agnesi", "Maria Gaetana Agnesi")
        taken = contradicted(here, page, "Sophie Germain", "Antoine Le Blanc")
        page.goto("/")
        page.get_by_role("link", name="choose which it is to be").click()
        card = page.get_by_role("region", name="Maria Agnesi")
        for told in ("Renames Maria Agnesi", "Maria Gaetana Agnesi"):
            expect(card).to_contain_text(told)
        card.get_by_role("button", name="Keep Maria Agnesi").click()
        expect(page.get_by_role("status")).to_have_text("Settled: the name is Maria Agnesi.")
        assert page.url.endswith(f"/conflicts?settled={kept}")
        page.get_by_role("button", name="Take Antoine Le Blanc").press("Enter")
        expect(page.get_by_role("status")).to_have_text("Settled: the name is Antoine Le Blanc.")
        expect(page.get_by_text("None: all names are settled.")).to_be_visible()
        page.get_by_role("status").get_by_role("link").click()
        assert page.url.endswith(f"/people/{taken}")
        page.goto("/")
        expect(page.get_by_role("link", name="choose which it is to be")).to_have_count(0)


def test_who_chooses_after_somebody_else_is_told_so(here: Site) -> None:
    with here.page() as page, here.page() as late:
        contradicted(here, page, "Emilie du Chatelet", "Gabrielle Emilie")
        late.goto("/conflicts")
        page.goto("/conflicts")
        page.get_by_role("button", name="Take Gabrielle Emilie").click()
        expect(page.get_by_role("status")).to_be_visible()
        late.get_by_role("button", name="Keep Emilie du Chatelet").click()
        expect(late.get_by_role("alert")).to_contain_text("somebody may have resolved it")
        expect(late.get_by_text("None: all names are settled.")).to_be_visible()


def test_a_viewer_sees_conflicts_and_chooses_none(here: Site) -> None:
    with here.page() as page:
        person = contradicted(here, page, "Caroline Herschel", "Lina Herschel")
        page.goto("/conflicts")
        address = page.locator("main form").get_attribute("action")
        page.goto("/users")
        page.get_by_label("Name").fill("A looker-on")
        page.get_by_role("button", name="Invite").click()
        link = page.locator("code").inner_text()
    with here.page(signed_in=False) as page:
        choose_password(page, link)
        sign_in(page, "A looker-on")
        page.goto("/conflicts")
        expect(page.get_by_text("Lina Herschel")).to_be_visible()
        expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
        csrf = page.locator("[name=csrf]").first.input_value()
        assert page.request.post(str(address), form={"take": "wanted", "csrf": csrf}).status == 403
    with here.page() as page:
        assert page.request.post(str(address), form={"take": "wanted"}).status == 403  # no token: another site asks
        assert page.request.get(f"/v1/people/{person}").json()["name"] == "Caroline Herschel"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wide", [True, False], ids=["desk", "telephone"])
def test_with_something_in_them_these_pages_shut_nobody_out(here: Site, wide: bool, scheme: str) -> None:
    with here.page() as page:
        name = f"Name {scheme} {wide}"
        person = contradicted(here, page, name, "W" * 80)
        kiosk = a_kiosk(here, page, f"Not taken {scheme} {wide}", "elsewhere")
        kiosk.push(an_edit(person, "Nobody"), an_edit("nobody", "Nobody"), an_item("h" * 40, {}))
        page.goto("/kiosks")
        letters = page.locator("section.card", has_text=f"Not taken {scheme} {wide}").get_by_role("link")
        address = letters.get_attribute("href")
    more = {} if wide else {"viewport": TELEPHONE}
    with here.page(color_scheme=scheme, **more) as page:
        for shown in ("/conflicts", str(address), "/kiosks", "/"):
            page.goto(shown)
            assert serious(page) == [], shown
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, (shown, overflow)
