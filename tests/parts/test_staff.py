"""The staff worker and what central changed: when it says that nobody who is gone is in memory any more."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk.app import open_desk
from kiosk.domain.access import Doors
from kiosk.domain.errors import StoreBusy, StoreError
from kiosk.domain.people import Person
from kiosk.domain.sight import Chip, Embedding
from kiosk.domain.verdict import Decision, Outcome, Probe, Quality, Reason, Sample
from kiosk.identity.gallery import Gallery
from kiosk.parts.desk import Desk
from kiosk.parts.post import Post, open_post
from kiosk.parts.staff import NO_PASS, NOT_DONE, StaffPart
from kiosk.runtime.slot import Slot
from kiosk.screens.events import Erased, Event, Failed, PeopleListed, StandingSeen, Tick
from kiosk.screens.intents import Enrol, Erase, ListPeople, LookAtCentral
from kiosk.settings import General, Settings
from kiosk.store import Opening, Store
from kiosk.store.database import by_sqlite
from kiosk.store.opening import DATABASE
from kiosk.sync.ports import EVERYTHING, Applied
from kiosk.wire.standing import Standing
from tests.fakes.clock import FakeClock
from tests.store.making import an_embedding, open_store, somebody
from tests.store.syncing import pair

TURNS_MOST = 100
QUALITY = Quality(120.0, 300.0, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0, None)


class Office:
    """A staff worker over a store with one person, who was at the door a moment ago."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FakeClock()
        self.post: Post = open_post(self.clock)
        self.part = StaffPart(self.desk, self.post, self.clock)
        with self.desk() as desk:
            self.model = desk.rules.model.name
            embedding = Embedding(an_embedding().vector, self.model)
            self.person = desk.store.people.enrol(somebody("Ann Example", embedding), self.clock.utc()).id
        probe = Probe(embedding, Chip(np.zeros((2, 2, 3), np.uint8)))
        decision = Decision("d1", Outcome.RECOGNISED, Reason.FACE_MATCHES, 0.0, 0.1, self.person, probe=probe)
        self.post.recents.add(decision, self.clock.utc())

    def desk(self) -> Desk:
        return open_desk(Settings(kiosk=General(store=self.folder)), self.clock)

    def erase(self) -> None:
        """As another process does."""
        with self.opened() as store:
            store.people.erase(self.person, self.clock.utc())

    def opened(self) -> Store:
        return open_store(self.folder, self.clock)

    def until(self, is_so: Callable[[], bool]) -> None:
        stop, turns = threading.Event(), iter(range(TURNS_MOST))

        def up() -> None:
            self.clock.advance(1.0)
            if is_so() or next(turns, None) is None:
                stop.set()

        self.part.run(stop, up)
        assert is_so()

    @property
    def knows(self) -> bool:
        gallery = self.post.gallery.peek()
        return gallery is not None and self.person in gallery.people

    @property
    def remembers(self) -> bool:
        return self.knows or bool(self.post.recents.newest_first())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "store")


def test_who_is_gone_is_settled_once_they_are_in_no_memory_and_sync_is_woken(office: Office) -> None:
    seen: list[bool] = []

    def is_settled() -> bool:
        if not seen:
            assert office.remembers
            office.erase()
            office.post.changes.tell(Applied(gallery=True, gone=(office.person,)), more=True)
            assert not office.post.changes.is_settled()
            office.post.wake.clear()
        seen.append(office.remembers)
        return office.post.changes.is_settled()

    office.until(is_settled)
    assert seen[-1] is False
    assert office.post.wake.is_set()


def test_where_nobody_knows_who_is_gone_everybody_is_read_anew_before_that_is_settled(office: Office) -> None:
    told: list[str] = []

    def is_settled() -> bool:
        if not told:
            told.append("")
            office.erase()
            office.post.changes.tell(EVERYTHING, more=False)
            office.post.changes.tell(Applied(gone=("somebody-else",)), more=False)
        return office.post.changes.is_settled()

    office.until(is_settled)
    assert not office.remembers


def test_whom_a_command_erased_is_in_no_memory_a_moment_later_though_nobody_tells(office: Office) -> None:
    turns: list[bool] = []

    def is_forgotten() -> bool:
        turns.append(office.remembers)
        if len(turns) == 3:
            office.erase()
        return len(turns) > 3 and not office.remembers

    office.until(is_forgotten)
    assert turns[:3] == [True] * 3 and len(turns) < 8


def test_whom_a_command_enrols_is_known_some_seconds_later_though_nobody_tells(office: Office) -> None:
    enrolled: list[str] = []
    turns: list[Gallery | None] = []

    def is_known() -> bool:
        gallery = office.post.gallery.peek()
        turns.append(gallery)
        if len(turns) == 3:
            with office.opened() as store:
                face = Embedding(an_embedding(5).vector, office.model)
                enrolled.append(store.people.enrol(somebody("Bob Example", face), office.clock.utc()).id)
        return bool(enrolled) and gallery is not None and enrolled[0] in gallery.people

    office.until(is_known)
    assert len(turns) < 15


def test_what_a_command_corrects_holds_some_seconds_later_though_nobody_tells(office: Office) -> None:
    face = Embedding(an_embedding(5).vector, office.model)
    with office.opened() as store:
        disowned = [store.people.disown(office.person, face, office.clock.utc()).id for _ in range(2)]
    seen: list[int] = []

    def is_corrected() -> bool:
        gallery = office.post.gallery.peek()
        seen.append(0 if gallery is None else len(gallery.negatives.get(office.person, ())))
        if len(seen) == 3:
            with office.opened() as store:
                store.people.readmit(disowned[0], office.clock.utc())
        return seen[-1] == 1

    office.until(is_corrected)
    assert set(seen) == {2, 1}


def test_everybody_is_read_once_for_somebody_whom_staff_enrols(office: Office) -> None:
    galleries: list[Gallery] = []

    class Watched(Slot[Gallery]):
        def put(self, value: Gallery) -> None:
            if not galleries or galleries[-1] is not value:
                galleries.append(value)
            super().put(value)

    office.part = replace(office.part, post=replace(office.post, gallery=Watched()))
    turns: list[str] = []

    def is_long_over() -> bool:
        if not turns:
            face = Sample(Embedding(an_embedding(5).vector, office.model), QUALITY, Chip(np.zeros((2, 2, 3), np.uint8)))
            office.post.intents.post(Enrol("Somebody Else", somebody().consent, (face,), keeps_picture=False))
        turns.append("")
        return len(turns) >= 20

    office.until(is_long_over)
    assert [len(gallery.people) for gallery in galleries] == [1, 2]


def test_nobody_is_known_without_their_rules_while_it_is_read_anew_who_is_gone(office: Office) -> None:
    office.until(lambda: office.remembers)
    shown: list[tuple[bool, bool]] = []

    class Watched(Slot[Doors]):
        def put(self, value: Doors) -> None:
            gallery = office.post.gallery.peek()
            there = office.person in {one.id for one in people()}
            shown.append((gallery is not None and office.person in gallery.people, there))
            super().put(value)

    def people() -> Sequence[Person]:
        with office.opened() as store:
            return store.people.everybody()

    office.part = replace(office.part, post=replace(office.post, doors=Watched()))
    told: list[str] = []

    def is_settled() -> bool:
        if not told:
            told.append("")
            office.post.changes.tell(Applied(gallery=True), more=False)  # a gallery is made now, and not soon again
            return False
        if len(told) == 1:
            told.append("")
            office.erase()
            office.post.changes.tell(EVERYTHING, more=False)
            return False
        return office.post.changes.is_settled()

    office.until(is_settled)
    assert shown and (True, False) not in shown


def test_a_worker_that_was_told_and_failed_is_followed_by_one_that_forgets(office: Office) -> None:
    office.until(lambda: office.remembers)
    office.erase()
    office.post.changes.tell(Applied(gallery=True, gone=(office.person,)), more=False)
    office.post.changes.take()
    assert not office.post.changes.is_settled()
    office.until(office.post.changes.is_settled)
    assert not office.remembers


def test_whoever_is_enrolled_and_gets_no_pass_is_said_to_be_enrolled(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object, **_more: object) -> str:
        raise StoreBusy("the store is in use by another program; try again in a moment")

    monkeypatch.setattr(Desk, "issue", busy)
    said: list[Event] = []
    asked: list[str] = []

    def is_answered() -> bool:
        if not asked:
            asked.append("")
            chip = Chip(np.zeros((2, 2, 3), np.uint8))
            face = Sample(
                Embedding(an_embedding(5).vector, office.model), Quality(120, 300, 0.5, 0.2, 0, 0, 0, 0, None), chip
            )
            consent = somebody().consent
            office.post.intents.post(Enrol("Somebody Else", consent, (face,), keeps_picture=False))
        said.extend(office.post.news.drain())
        return bool(said)

    office.until(is_answered)
    assert said == [Failed(NO_PASS)]
    gallery = office.post.gallery.peek()
    assert gallery is not None and len(gallery.people) == 2


def test_whom_staff_erases_is_known_no_more_while_the_file_is_written_anew(office: Office) -> None:
    known: list[bool] = []
    said: list[Event] = []

    def heard(sql: str) -> None:
        if sql == "VACUUM":
            known.append(office.knows)

    def traced(uri: str, patience_s: float) -> sqlite3.Connection:
        connection = by_sqlite(uri, patience_s)
        connection.set_trace_callback(heard)
        return connection

    def desk() -> Desk:
        return open_desk(Settings(kiosk=General(store=office.folder)), office.clock, Opening(connect=traced))

    asked: list[str] = []

    def is_answered() -> bool:
        if not asked:
            asked.append(office.person)
            office.post.intents.post(Erase(office.person))
        said.extend(office.post.news.drain())
        return bool(said)

    office.part = replace(office.part, open_desk=desk)
    office.until(is_answered)
    assert (said, known) == ([Erased()], [False])
    assert not office.remembers


def test_whom_staff_could_not_erase_is_known_as_before(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_args: object) -> None:
        raise StoreBusy("the store is in use by another program; try again in a moment")

    monkeypatch.setattr(Desk, "erase", busy)
    said: list[Event] = []

    def is_answered() -> bool:
        if not said:
            office.post.intents.post(Erase(office.person))
        said.extend(office.post.news.drain())
        return bool(said)

    office.until(is_answered)
    assert isinstance(said[0], Failed)
    assert office.knows and office.post.recents.newest_first()


def test_a_paired_kiosk_is_not_said_to_be_alone_before_its_sync_says_anything(office: Office) -> None:
    with office.opened() as store:
        pair(store)
    said: list[Event] = []

    def is_answered() -> bool:
        if not said:
            office.post.intents.post(LookAtCentral())
        said.extend(office.post.news.drain())
        return bool(said)

    office.until(is_answered)
    seen = said[0]
    assert isinstance(seen, StandingSeen)
    assert (seen.standing.standing, seen.standing.site) == (Standing.PAIRED, "here")


def test_a_worker_that_can_not_start_settles_nothing(office: Office) -> None:
    office.until(lambda: office.remembers)
    office.post.changes.tell(Applied(gallery=True, gone=(office.person,)), more=False)

    def broken() -> Desk:
        raise StoreError("no disk")

    with pytest.raises(StoreError):
        StaffPart(broken, office.post, office.clock).run(threading.Event(), lambda: None)
    assert not office.post.changes.is_settled()


def test_while_the_store_is_written_staff_is_told_so_and_afterwards_nothing_is_opened_anew(office: Office) -> None:
    opened: list[Desk] = []
    shown: list[Gallery | None] = []
    said: list[Event] = []
    writer = sqlite3.connect(office.folder / DATABASE, isolation_level=None, check_same_thread=False)

    def desk() -> Desk:
        settings = Settings(kiosk=General(store=office.folder))
        opened.append(open_desk(settings, office.clock, Opening(patience_s=0.05)))
        return opened[-1]

    def ask_and_let_go() -> None:
        while not office.post.waiting.is_any():
            threading.Event().wait(0.01)
        office.post.intents.post(ListPeople())
        said.append(office.post.news.wait(60.0, threading.Event()) or Tick())
        writer.execute("ROLLBACK")

    staff = threading.Thread(target=ask_and_let_go, daemon=True)

    def is_answered() -> bool:
        if not shown:
            shown.append(office.post.gallery.peek())
            writer.execute("BEGIN IMMEDIATE")
            staff.start()
            return False
        if len(said) == 1:
            said.append(Tick())
            office.post.intents.post(ListPeople())
        said.extend(office.post.news.drain())
        return len(said) == 3

    office.part = replace(office.part, open_desk=desk)
    with closing(writer):
        office.until(is_answered)
        staff.join()
    assert said[0] == Failed(NOT_DONE)
    assert isinstance(said[2], PeopleListed)
    assert (len(opened), office.post.gallery.peek()) == (1, shown[0])
    assert not office.post.waiting.is_any()
