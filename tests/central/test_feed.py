"""What kiosks pull: everything of their site and nothing else, in an order in which nothing is skipped."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from kiosk.central.people.tables import GroupRow, WindowRow
from kiosk.central.sync import signer
from kiosk.central.sync.health import FeedState, feed_state
from kiosk.central.sync.sequencer import number_all
from kiosk.central.sync.tables import ChangeRow
from kiosk.wire import forms
from kiosk.wire.forms import CBOR, JSON
from kiosk.wire.pulled import Page
from tests.central.making import Running, running, settings_for
from tests.central.servers import Postgres
from tests.central.syncing import CONSENT, a_kiosk, somebody
from tests.central.test_backup import restored, saved

WRITERS, TIMES = 16, 8
SLOW_S = 1.0
WINDOW = {"weekdays": [0, 1], "from_minute": 60, "until_minute": 120}


def edited(central: Running, person: dict[str, Any], **more: Any) -> dict[str, Any]:
    now = central.admin("GET", f"/v1/people/{person['id']}").json()
    fields = ("name", "host", "groups", "valid_from_utc", "valid_until_utc", "windows", "version")
    answer = central.admin("PUT", f"/v1/people/{person['id']}", json={name: now[name] for name in fields} | more)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def move(central: Running, person: str, site: str) -> None:
    """To another site, by whatever means: here by hand."""

    async def work() -> None:
        async with central.house.database.writing() as session:
            statement = text("UPDATE people SET site = :site WHERE id = :person")
            await session.execute(statement, {"site": site, "person": person})

    central.run(work)


def test_a_kiosk_is_told_of_its_own_site_s_people_and_of_no_other_s(fresh: Running) -> None:
    here, there = fresh.person("Here")["id"], fresh.person("There")["id"]
    move(fresh, there, "north")
    south, north = a_kiosk(fresh).sync(), a_kiosk(fresh, site="north").sync()
    assert (set(south.people), set(north.people)) == ({here}, {there})
    assert south.gone == [] and south.reasons == ["new"]
    move(fresh, here, "north")
    assert (set(south.sync().people), set(north.sync().people)) == (set(), {here, there})
    assert south.gone == [(here, False)]


@pytest.mark.parametrize("form", [CBOR, JSON])
def test_nobody_of_whom_too_much_is_kept_to_be_written_stops_the_feed(fresh: Running, form: str) -> None:
    odd, usual = fresh.person("Odd")["id"], fresh.person("Usual")["id"]

    async def spoil() -> None:
        async with fresh.house.database.writing() as session:
            statement = text("UPDATE people SET extra = :extra WHERE id = :person")
            await session.execute(statement, {"extra": '{"novel": "\\ud800"}', "person": odd})

    fresh.run(spoil)
    answer = fresh.nobody("GET", "/v1/kiosk/pull", headers=a_kiosk(fresh).token | {"Accept": form})
    assert answer.status_code == 200, answer.text
    told = [change.person for change in forms.read(answer.content, Page, form).changes if change.person]
    assert {person.id: person.model_extra for person in told} == {odd: {}, usual: {}}


def test_whatever_changes_about_somebody_is_told(central: Running) -> None:
    kiosk = a_kiosk(central)
    person = central.person("Changing")

    def told() -> Any:
        return kiosk.sync().people[person["id"]]

    assert (told().name, told().windows, told().disabled) == ("Changing", [], False)
    edited(central, person, name="Changed", windows=[WINDOW])
    assert told().name == "Changed" and [one.from_minute for one in told().windows] == [60]
    version = edited(central, person, windows=[])["version"]
    assert told().windows == []
    central.admin("POST", f"/v1/people/{person['id']}/disable", json={"version": version})
    assert told().disabled
    central.admin("DELETE", f"/v1/people/{person['id']}")
    assert person["id"] not in kiosk.sync().people and kiosk.gone[-1] == (person["id"], True)


def test_the_windows_of_a_group_are_those_of_its_members(central: Running) -> None:
    kiosk = a_kiosk(central)
    group = central.admin("POST", "/v1/groups", json={"name": "Night shift", "windows": [WINDOW]}).json()
    person = central.person("In a group", groups=["Night shift"])["id"]
    assert [one.until_minute for one in kiosk.sync().people[person].windows] == [120]
    address = f"/v1/groups/{group['id']}"
    central.admin("PUT", address, json={"name": "Night shift", "windows": [WINDOW | {"until_minute": 180}]})
    assert [one.until_minute for one in kiosk.sync().people[person].windows] == [180]
    assert central.admin("DELETE", address).status_code == 204
    assert kiosk.sync().people[person].windows == []


def test_a_page_has_no_more_windows_than_a_kiosk_reads(fresh: Running) -> None:
    ids = [fresh.person(f"Somebody {number}", groups=["Shifts"])["id"] for number in range(140)]

    async def shift() -> None:
        async with fresh.house.database.writing() as session:
            (group,) = (await session.scalars(select(GroupRow.id))).all()
            times = {"weekdays": 127, "from_minute": 60, "until_minute": 120}
            session.add_all(WindowRow(id=f"window{number}", group=group, **times) for number in range(200))

    fresh.run(shift)
    kiosk = a_kiosk(fresh)
    page = kiosk.page()
    assert page.more and 0 < len(page.changes) < len(ids)
    assert set(kiosk.sync().people) == set(ids)


def test_a_kiosk_with_groups_knows_their_members_alone(fresh: Running) -> None:
    member, other = fresh.person("Member", groups=["East Wing"]), fresh.person("Other")
    kiosk = a_kiosk(fresh, groups=["east wing"]).sync()
    assert set(kiosk.people) == {member["id"]} and kiosk.gone == []
    edited(fresh, member, groups=[])
    edited(fresh, other, groups=["East Wing"])
    assert set(kiosk.sync().people) == {other["id"]} and kiosk.gone == [(member["id"], False)]
    group = next(one for one in fresh.admin("GET", "/v1/groups").json() if one["name"] == "East Wing")
    fresh.admin("PUT", f"/v1/groups/{group['id']}", json={"name": "West Wing"})
    assert kiosk.sync().people == {}


def test_another_view_of_the_people_begins_anew(central: Running) -> None:
    here, there = central.person("Stays here")["id"], central.person("Was there")["id"]
    move(central, there, "elsewhere")
    kiosk = a_kiosk(central).sync()
    now = central.admin("GET", f"/v1/kiosks/{kiosk.id}").json()
    changed = {"name": now["name"], "site": "elsewhere", "version": now["version"]}
    assert central.admin("PUT", f"/v1/kiosks/{kiosk.id}", json=changed).status_code == 200
    assert here in kiosk.people and set(kiosk.sync().people) == {there}
    assert kiosk.reasons == ["new", "view-changed"]


def test_passes_keys_rules_notices_and_the_model_are_told(fresh: Running) -> None:
    person = fresh.person("With a pass")["id"]
    new = {"person": person, "hours": 2, "single_use": True}
    made = fresh.admin("POST", "/v1/passes", json=new).json()
    away = fresh.admin("POST", "/v1/passes", json=new | {"site": "north"})
    assert (away.status_code, away.json()["reason"]) == (422, "site")  # no kiosk of north would know its bearer
    fresh.admin("PUT", "/v1/policies/site", json={"search_level": "strictest", "languages": ["de"], "version": 0})
    fresh.admin("PUT", "/v1/policies/site/notices/de", json={"text": "Erstens."})
    fresh.admin("PUT", "/v1/policies/site/notices/de", json={"text": "Zweitens."})
    kiosk = a_kiosk(fresh).sync(3)
    assert set(kiosk.passes) == {made["id"]}
    (known,) = kiosk.passes.values()
    assert (known.person, known.single_use, known.ended_utc, known.used) == (person, True, None, False)
    (key,) = fresh.admin("GET", "/v1/passes/keys").json()
    assert {one: found.public.hex() for one, found in kiosk.keys.items()} == {key["id"]: key["public"]}
    assert (kiosk.policy.search_level, kiosk.policy.languages) == ("strictest", ["de"])
    assert (kiosk.notices["de"].text, kiosk.notices["de"].version) == ("Zweitens.", "site-de-2")
    assert kiosk.model.tag == fresh.house.model.name and kiosk.model.path.endswith("/file")
    fresh.admin("POST", f"/v1/passes/{made['id']}/revoke")
    fresh.admin("DELETE", f"/v1/passes/keys/{key['id']}")
    assert kiosk.sync().passes[made["id"]].ended_utc is not None and kiosk.keys[key["id"]].dropped_utc is not None
    fresh.admin("DELETE", f"/v1/people/{person}")
    assert kiosk.sync().passes == {}


def test_passes_come_and_go_with_whom_a_kiosk_may_know(fresh: Running) -> None:
    south, person = a_kiosk(fresh), fresh.person("Mover")["id"]
    number = fresh.admin("POST", "/v1/passes", json={"person": person, "hours": 8}).json()["id"]
    assert set(south.sync().passes) == {number}
    move(fresh, person, "north")
    assert (set(south.sync().people), set(south.passes)) == (set(), set())
    assert a_kiosk(fresh).sync().passes == {}
    move(fresh, person, fresh.house.settings.server.site)
    assert (set(south.sync().people), set(south.passes)) == ({person}, {number})


def test_passes_come_and_go_with_the_name_of_a_group(fresh: Running) -> None:
    person = fresh.person("Of a group", groups=["Staf"])["id"]
    number = fresh.admin("POST", "/v1/passes", json={"person": person, "hours": 8}).json()["id"]
    kiosk = a_kiosk(fresh, groups=["Staff"]).sync()
    (group,) = fresh.admin("GET", "/v1/groups").json()
    for name, is_known in (("Staff", True), ("Staff of the night", False), ("STAFF", True)):
        assert fresh.admin("PUT", f"/v1/groups/{group['id']}", json={"name": name}).status_code == 200
        kiosk.sync()
        assert (person in kiosk.people, number in kiosk.passes) == (is_known, is_known)


def test_the_file_of_the_model_is_where_the_feed_says(fresh: Running) -> None:
    kiosk = a_kiosk(fresh).sync()
    answer = fresh.nobody("GET", kiosk.model.path, headers=kiosk.token)
    assert answer.status_code == 200 and len(answer.content) == kiosk.model.size


def test_pages_are_as_small_as_asked_and_end(fresh: Running) -> None:
    people = {fresh.person(f"Person {number}")["id"] for number in range(7)}
    kiosk = a_kiosk(fresh)
    lefts = []
    while True:
        page = kiosk.page(2)
        lefts.append(page.left)
        assert page.reset == (kiosk.cursor == "")
        if not kiosk.pull(2):
            break
    assert set(kiosk.people) == people and lefts == sorted(lefts, reverse=True) and lefts[-1] == 0
    again = kiosk.page()
    assert (again.changes, again.more, again.reset, again.cursor) == ([], False, False, kiosk.cursor)


def test_a_cursor_from_elsewhere_begins_anew(fresh: Running) -> None:
    fresh.person("Somebody")
    kiosk = a_kiosk(fresh).sync()
    epoch, position, view = kiosk.cursor.split(".")
    for cursor, reason in (
        ("nonsense", "new"),
        (f"{'0' * 16}.{position}.{view}", "restored"),
        (f"{epoch}.{position}.{'0' * 16}", "view-changed"),
        (f"{epoch}.{10**12}.{view}", "beyond"),
    ):
        kiosk.cursor = cursor
        page = kiosk.page()
        assert (page.reset, page.reason, len([one for one in page.changes if one.person])) == (True, reason, 1)


def test_who_is_gone_is_no_news_to_a_kiosk_that_begins(fresh: Running) -> None:
    before = a_kiosk(fresh).sync()
    for number in range(3):
        fresh.admin("DELETE", f"/v1/people/{fresh.person(f'Erased {number}')['id']}")
    assert a_kiosk(fresh).sync().gone == []
    assert len(before.sync().gone) == 3


def test_a_restored_server_s_kiosks_begin_anew(fresh: Running, tmp_path: Any) -> None:
    kept = fresh.person("Kept")["id"]
    kiosk = a_kiosk(fresh).sync()
    saved(fresh, tmp_path / "b.age")
    lost = fresh.person("Made after the backup")["id"]
    assert lost in kiosk.sync().people
    with running(settings_for(tmp_path / "unused", "")) as empty:
        restored(empty, tmp_path / "new", tmp_path / "b.age")
    url = f"sqlite+aiosqlite:///{tmp_path}/unused/central.db"
    with running(settings_for(tmp_path / "new", url)) as there:
        kiosk.central = there
        assert set(kiosk.sync().people) == {kept} and kiosk.reasons == ["new", "restored"]


def test_without_a_kiosk_s_token_there_is_no_feed_and_json_is_spoken_too(central: Running) -> None:
    assert central.nobody("GET", "/v1/kiosk/pull").status_code == 401
    assert central.admin("GET", "/v1/kiosk/pull").status_code == 401
    kiosk = a_kiosk(central)
    kiosk.push({"id": "0" * 8 + "-0000-7000-8000-" + "0" * 12, "seq": 1, "kind": "person", "body": somebody()})
    answer = central.nobody("GET", "/v1/kiosk/pull", headers={**kiosk.token, "Accept": JSON})
    assert answer.headers["content-type"] == JSON
    assert any(
        isinstance(one["person"]["faces"][0]["vector"], str)
        for one in answer.json()["changes"]
        if "person" in one and one["person"]["faces"]
    )
    assert central.nobody("GET", "/v1/kiosk/pull?limit=501", headers=kiosk.token).status_code == 422


def test_a_notice_of_a_site_with_the_longest_name_is_called_alike_everywhere(fresh: Running) -> None:
    sites = ["n" * 79 + end for end in "12"]
    versions = [fresh.admin("PUT", f"/v1/policies/{site}/notices/de", json={"text": "T"}).json() for site in sites]
    assert len({one["version"] for one in versions}) == 2
    kiosk = a_kiosk(fresh, site=sites[0]).sync()
    assert kiosk.notices["de"].version == versions[0]["version"]
    consent = CONSENT | {"text_version": kiosk.notices["de"].version}
    enrolled = somebody(consents=[consent])
    assert kiosk.told("person", **enrolled) == ("accepted", "")
    assert [one.text_version for one in kiosk.sync().people[enrolled["id"]].consents] == [versions[0]["version"]]


def test_how_the_feed_stands_is_known_and_what_holds_it_up(fresh: Running) -> None:
    kiosk = a_kiosk(fresh).sync()
    kiosk.pull()
    a_kiosk(fresh)
    fresh.person("News")
    assert kiosk.told("edit", person="nobody", base=0, name="N")[0] == "rejected"

    async def seen() -> FeedState:
        return await feed_state(fresh.house.database)

    assert fresh.run(seen) == FeedState(stuck=0, kiosks=2, behind=2, receipts=0, dead=1)
    kiosk.sync().pull()
    assert fresh.run(seen).behind == 1
    kiosk.told("person", **(new := somebody()))
    fresh.admin("DELETE", f"/v1/people/{new['id']}")
    assert fresh.run(seen).receipts == 2
    fresh.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke")
    assert fresh.run(seen).receipts == 1, "of one that is gone none is awaited"

    async def held() -> FeedState:
        async with fresh.house.database.writing() as session:
            await session.execute(text("UPDATE changes SET position = position WHERE kind = 'person'"))
            return await seen()

    if fresh.house.database.is_postgresql:
        fresh.person("Held up")
        assert fresh.run(held).stuck == 1


def test_epoch_and_key_are_one_whoever_asks_first(fresh: Running) -> None:
    async def asked() -> tuple[str, bytes]:
        async with fresh.house.database.writing() as session:
            row = await signer.server_state(session, fresh.house.vault)
            return row.epoch, row.signer_public

    async def at_once() -> set[tuple[str, bytes]]:
        return set(await asyncio.gather(*(asked() for _ in range(5))))

    assert len(fresh.run(at_once)) == 1


# The order of commit


async def touch(central: Running, person: str, pause_s: float = 0.0) -> None:
    async with central.house.database.writing() as session:
        statement = text("UPDATE people SET version = version + 1 WHERE id = :person")
        await session.execute(statement, {"person": person})
        await asyncio.sleep(pause_s)


async def follow(central: Running, done: asyncio.Event, numbered: Callable[[], Awaitable[None]]) -> dict[str, int]:
    """What a reader who goes on from the last position has seen of everybody: the version when it looked."""
    seen: dict[str, int] = {}
    position = 0
    while True:
        is_last = done.is_set()
        await numbered()
        async with central.house.database.reading() as session:
            query = select(ChangeRow.id, ChangeRow.position).where(ChangeRow.kind == "person")
            rows = (await session.execute(query.where(ChangeRow.position > position))).all()
            versions = dict((await session.execute(text("SELECT id, version FROM people"))).all())  # type: ignore[arg-type]
        for row in rows:
            seen[row.id] = versions[row.id]
            position = max(position, row.position or 0)
        if is_last and not rows:
            return seen
        await asyncio.sleep(0.005)


async def seen_and_kept(central: Running, numbered: Callable[[], Awaitable[None]]) -> tuple[Any, Any]:
    async with central.house.database.reading() as session:
        people = (await session.scalars(text("SELECT id FROM people ORDER BY id"))).all()
    done = asyncio.Event()
    reader = asyncio.create_task(follow(central, done, numbered))

    async def writer(number: int) -> None:
        for turn in range(TIMES):
            await touch(central, people[1 + (number + turn) % (len(people) - 1)])

    slow = asyncio.create_task(touch(central, people[0], SLOW_S))
    await asyncio.sleep(0.1)  # it has marked its person, and commits behind everybody
    await asyncio.gather(slow, *(writer(number) for number in range(WRITERS)))
    done.set()
    seen = await reader
    async with central.house.database.reading() as session:
        kept = dict((await session.execute(text("SELECT id, version FROM people"))).all())  # type: ignore[arg-type]
    return seen, kept


@pytest.fixture
def on_postgresql(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(settings_for(tmp_path_factory.mktemp("feed"), postgres.new_database())) as here:
        for number in range(12):
            here.person(f"Touched {number}")
        here.run(number_all, here.house.database)
        yield here


def test_a_reader_misses_nothing_of_sixteen_writers_and_a_slow_one(on_postgresql: Running) -> None:
    async def numbered() -> None:
        await number_all(on_postgresql.house.database)

    seen, kept = on_postgresql.run(seen_and_kept, on_postgresql, numbered)
    assert seen == kept


def test_the_same_reader_misses_somebody_when_positions_come_from_a_sequence(on_postgresql: Running) -> None:
    """What the order is for; were this reader unable to miss anything, the test above would say nothing."""

    async def prepare() -> None:
        async with on_postgresql.house.database.writing() as session:
            await session.execute(text("CREATE SEQUENCE plain START 1000"))
            for line in (
                "CREATE FUNCTION plainly() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.position := nextval('plain'); RETURN NEW; END $$",
                "CREATE TRIGGER plainly BEFORE UPDATE ON changes FOR EACH ROW EXECUTE FUNCTION plainly()",
            ):
                await session.execute(text(line.replace(":=", r"\:=")))

    async def numbered() -> None:
        return None

    on_postgresql.run(prepare)
    seen, kept = on_postgresql.run(seen_and_kept, on_postgresql, numbered)
    assert seen != kept
