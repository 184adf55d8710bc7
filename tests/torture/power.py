"""Power cuts at every write boundary: the real store on a made-up disk, cut, opened again and looked at."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from kiosk.domain.errors import KioskError
from kiosk.store import Opening, Store
from tests.fakes.clock import FakeClock
from tests.store.making import NOON, open_store
from tests.store.old import make_old_store
from tests.torture.adapter import Connection
from tests.torture.disk import Disk, Image, Kind, Op, Platter, Survival
from tests.torture.scenes import Scene, read_everything, scenes

DATABASE = "kiosk.db"
AGAIN = 0.03
GOES_ON = 0.03
ERASABLE = ("people", "templates", "negatives", "chips")
RANDOM_COLUMNS = {("store", "key_check"), ("chain", "head"), ("_sqlite_migrations", "applied_at")}

Dump = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Moment:
    """What had been promised and what was under way at one place of the record."""

    promised: int = 0
    committed: int = 0


@dataclass(slots=True)
class Take:
    """One story as it was recorded: the disk before, all that was done to it, and the store after every commit."""

    scene: str
    before: Image
    log: list[Op]
    dumps: list[Dump] = field(default_factory=list)
    migrated: int = 0

    def allowed(self, moment: Moment) -> list[Dump]:
        """What the store may hold after a cut at that moment, once it is opened again and so up to date."""
        first, last = max(moment.promised, self.migrated), max(moment.committed + 1, self.migrated)
        return self.dumps[first : last + 1]

    def is_haunted(self, moment: Moment, image: Image) -> bool:
        """Whether pieces of sealed values are on that disk that were erased for good at that moment."""
        kept = {blob for dump in self.allowed(moment) for blob in _sealed(dump)}
        once = {blob for dump in self.dumps[: moment.promised] for blob in _sealed(dump)}
        return any(blob[13:45] in content for blob in once - kept for content in image.values())


@dataclass(frozen=True, slots=True)
class Fault:
    """A cut after which something was wrong."""

    scene: str
    place: int
    survival: str
    what: str


class Stage:
    """A disk, and the stores that stories begin with."""

    def __init__(self, folder: Path, *, syncs: bool = True, without: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self._without = without
        self.disk = Disk(f"torture-{id(self)}")
        self.disk.syncs = syncs
        self._begun: dict[int | None, Image] = {}
        self._take: Take | None = None

    def record(self, scene: Scene, *, early: bool = False) -> Take:
        """Play a story. `early`: acts are acknowledged before they are done, to show that this is found."""
        before = self._beginning(scene.version)
        take = Take(scene.name, before, [])
        self.disk.load(before)
        self.disk.log = take.log
        self._take = take
        with self.open(scene.version) as store:
            take.migrated = len(take.dumps) - 1
            self._acknowledge(take)
            for act in scene.acts:
                if early:
                    self.disk.note(Op(Kind.ACK, at=len(take.dumps)))
                act(store)
                self._acknowledge(take)
        self.disk.log = self._take = None
        return take

    def judge(self, scene: Scene, image: Image, expected: list[Dump], *, go_on: bool) -> str | None:
        """What is wrong with the store on that disk; None if nothing. The disk's record is of the opening."""
        try:
            self.disk.load(image)
            self.disk.log = []
            with self.open(scene.version) as store:
                found = dump(cast(Connection, store.people.db.conn))
                read_everything(store)
                chain = store.journal.chain.verify()
                if go_on:
                    store.journal.note("went-on", NOON)
            if not chain.holds:
                return chain.sentence
        except (KioskError, sqlite3.Error, TypeError, ValueError) as error:
            return f"the store does not open: {type(error).__name__}: {error}"
        return None if found in expected else _difference(found, expected)

    def open(self, version: int | None) -> Store:
        """The store on the disk as it is now, opened by the real code."""
        opening = Opening(patience_s=0.0, connect=self._connect)
        return Store.open(self._folder(version), FakeClock(), opening, environ={})

    def _connect(self, uri: str, patience_s: float) -> sqlite3.Connection:
        """`Connect` for the disk. Without shared memory, SQLite keeps a log's index only for one who is alone."""
        connection = Connection(DATABASE, self.disk.vfs, self._on_commit, writes=uri.endswith("mode=rw"))
        connection.without = self._without
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if self._take is not None and not self._take.dumps:
            self._take.dumps.append(dump(connection))
        return cast(sqlite3.Connection, connection)

    def _on_commit(self, connection: Connection) -> None:
        if self._take is not None:
            self.disk.note(Op(Kind.COMMIT, at=len(self._take.dumps)))
            self._take.dumps.append(dump(connection))

    def _acknowledge(self, take: Take) -> None:
        self.disk.note(Op(Kind.ACK, at=len(take.dumps) - 1))

    def _beginning(self, version: int | None) -> Image:
        """A new store of that version, as the real code makes it in a folder; made once."""
        folder = self._folder(version)
        if version not in self._begun:
            if version is None:
                open_store(folder).close()
            else:
                make_old_store(folder, version, events=20)
            self._begun[version] = {DATABASE: (folder / DATABASE).read_bytes()}
        return self._begun[version]

    def _folder(self, version: int | None) -> Path:
        """Where a store of that version was made; its key stays there, its database is on the made-up disk."""
        return self.folder / f"version-{version}"


def dump(connection: Connection) -> Dump:
    """All that the store holds, but for what is random or says when a step was taken."""
    tables = connection.raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    found: Dump = {}
    for (table,) in tables:
        names = [row[1] for row in connection.raw.execute(f"PRAGMA table_info({table})")]
        kept = [name for name in names if (table, name) not in RANDOM_COLUMNS]
        found[table] = connection.raw.execute(f"SELECT {', '.join(kept)} FROM {table} ORDER BY 1").fetchall()
    return found


def _sealed(dump: Dump) -> Iterator[bytes]:
    rows = (row for table in ERASABLE for row in dump.get(table, []))
    return (value for row in rows for value in row if isinstance(value, bytes))


def _difference(found: Dump, expected: list[Dump]) -> str:
    """Where the store differs from all that it may hold; counts only."""
    tables = sorted({table for table in found if all(found[table] != one.get(table) for one in expected)})
    counts = {table: (len(found[table]), [len(one.get(table, [])) for one in expected]) for table in tables}
    return f"the store holds neither what was promised nor what was under way: {counts or 'a mixture'}"


@dataclass(slots=True)
class Torture:
    """Cuts until there were `count`; what came of them."""

    stage: Stage
    dice: random.Random
    count: int
    progress: Callable[[int], None]
    early: bool = False
    cuts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def run(self) -> None:
        """Play all stories again and again, each time others; the last time, only some places are cut."""
        while self.cuts.total() < self.count:
            takes = [(scene, self.stage.record(scene, early=self.early)) for scene in scenes(self.dice)]
            places = sum(len(take.log) + 1 for _, take in takes) * len(Survival)
            share = 1.05 * (self.count - self.cuts.total()) / places
            for scene, take in takes:
                self._cut_everywhere(scene, take, share)

    def _cut_everywhere(self, scene: Scene, take: Take, share: float) -> None:
        for place, moment, platter in walk(take):
            for how in Survival:
                if self.cuts.total() >= self.count:
                    return
                if self.dice.random() < share:
                    self._cut(Place(scene, take, place, moment), platter.cut(how, self.dice), how)

    def _cut(self, where: "Place", image: Image, how: Survival) -> None:
        fate = self.dice.random()
        self._look(where, image, how, go_on=fate > 1 - GOES_ON)
        if fate < AGAIN:
            self._cut_again(where, image, self.stage.disk.log or [])

    def _look(self, where: "Place", image: Image, how: Survival, *, go_on: bool = False) -> None:
        self.cuts[where.scene.name] += 1
        wrong = self._wrong(where, image, go_on=go_on)
        if wrong is not None:
            self.faults.append(Fault(where.scene.name, where.number, how.value, wrong))
        self.progress(self.cuts.total())

    def _wrong(self, where: "Place", image: Image, *, go_on: bool) -> str | None:
        if where.take.is_haunted(where.moment, image):
            return "bytes that were erased are on the disk"
        return self.stage.judge(where.scene, image, where.take.allowed(where.moment), go_on=go_on)

    def _cut_again(self, where: "Place", image: Image, log: list[Op]) -> None:
        """The power fails once more while the store is opened after the first cut (and closed again)."""
        if not log:
            return
        platter = Platter(image)
        for op in log[: self.dice.randrange(len(log)) + 1]:
            platter.take(op)
        how = self.dice.choice(list(Survival))
        self._look(where, platter.cut(how, self.dice), how)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which story the power is cut."""

    scene: Scene
    take: Take
    number: int
    moment: Moment


def walk(take: Take) -> Iterator[tuple[int, Moment, Platter]]:
    """Every place between two writes: what had been promised there, and what is on the disk."""
    platter, moment = Platter(take.before), Moment()
    yield 0, moment, platter
    for place, op in enumerate(take.log, 1):
        match op.kind:
            case Kind.ACK:
                moment = Moment(op.at, moment.committed)
            case Kind.COMMIT:
                moment = Moment(moment.promised, op.at)
            case _:
                platter.take(op)
        yield place, moment, platter


@dataclass(frozen=True, slots=True)
class Weakness:
    """A store or disk that breaks its promise, to be found out: no syncs, or acts promised early."""

    syncs: bool = True
    early: bool = False


def torture(count: int, seed: int, progress: Callable[[int], None], weakness: Weakness | None = None) -> Torture:
    """Cut the power `count` times."""
    weak = weakness or Weakness()
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder), syncs=weak.syncs)
        done = Torture(stage, random.Random(seed), count, progress, weak.early)
        done.run()
        return done


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """Cut the power `count` times; what came of it."""
    done = torture(count, seed, progress)
    return {
        "ok": not done.faults,
        "cuts": done.cuts.total(),
        "by_story": dict(done.cuts),
        "wrong": len(done.faults),
        "first_wrong": [f"{one.scene}, place {one.place}, {one.survival}: {one.what}" for one in done.faults[:5]],
    }
