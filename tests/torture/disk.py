"""A disk that remembers every write, so that its power can be cut between any two: SQLite's file layer in memory.

What a file was synced with is kept by a cut. Of what was written since, any part may be there: none, all, or some
sectors of some writes, in no order. It keeps SQLite's promises as Linux does: a write disturbs no bytes beside its own.
"""

import random
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

import apsw

SECTORS = (512, 4096)
Image = dict[str, bytes]


class Kind(Enum):
    """What was done to a file; ACK: the outside was told that all before is done."""

    WRITE = auto()
    TRUNCATE = auto()
    SYNC = auto()
    CREATE = auto()
    DELETE = auto()
    ACK = auto()
    COMMIT = auto()


@dataclass(frozen=True, slots=True)
class Op:
    """One thing done, in order. `at`: offset, length, or which acknowledgement."""

    kind: Kind
    name: str = ""
    at: int = 0
    content: bytes = b""


class Survival(StrEnum):
    """What of the writes that were never synced is there after a cut."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    TORN_END = "torn end"
    ANY_WRITES = "any writes"
    ANY_SECTORS = "any sectors"


class Disk(apsw.VFS):
    """Files in memory, by name, and a record of all that was done to them."""

    def __init__(self, name: str) -> None:
        super().__init__(name, base="")
        self.vfs = name
        self.files: dict[str, bytearray] = {}
        self.log: list[Op] | None = None
        self.syncs = True

    def load(self, image: Image) -> None:
        """Be a disk with these files, all of them synced, and nothing in the record."""
        self.files = {name: bytearray(content) for name, content in image.items()}
        self.log = None

    def note(self, op: Op) -> None:
        """Put something done into the record, where one is kept."""
        if self.log is not None:
            self.log.append(op)

    def xOpen(self, name: "apsw.URIFilename | str | None", flags: list[int]) -> "OpenFile":  # noqa: N802
        """SQLite opens a file; it may make the log and its own scratch files."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        flags[1] = flags[0]
        if path is None:
            return OpenFile(Disk.scratch(), "scratch")
        if path not in self.files:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError(path)
            self.files[path] = bytearray()
            self.note(Op(Kind.CREATE, path))
        return OpenFile(self, path)

    @staticmethod
    def scratch() -> "Scratch":
        """A place for a file without a name, which no cut has to do with."""
        return Scratch()

    def xAccess(self, path: str, flags: int) -> bool:  # noqa: N802
        """Whether a file is there; all may be written."""
        return path in self.files

    def xDelete(self, path: str, sync_folder: bool) -> None:  # noqa: N802
        """SQLite removes a file."""
        if self.files.pop(path, None) is None:
            return
        self.note(Op(Kind.DELETE, path, int(sync_folder)))

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        """Names are whole as they are."""
        return name


@dataclass(slots=True)
class Scratch:
    """What an open file needs of a disk, for a file without a name."""

    files: dict[str, bytearray] = field(default_factory=lambda: {"scratch": bytearray()})
    syncs: bool = True

    def note(self, op: Op) -> None:
        """Nobody asks."""


class OpenFile:
    """One open file. Nobody else opens the disk, so locks are always granted."""

    def __init__(self, disk: Disk | Scratch, name: str) -> None:
        self._disk = disk
        self._name = name
        self._bytes = disk.files[name]

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        """That many bytes, or fewer at the end."""
        return bytes(self._bytes[offset : offset + amount])

    def xWrite(self, content: bytes, offset: int) -> None:  # noqa: N802
        """Keep bytes, not yet durable."""
        content = bytes(content)
        put(self._bytes, offset, content)
        self._disk.note(Op(Kind.WRITE, self._name, offset, content))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        """Cut the file, not yet durable."""
        del self._bytes[size:]
        self._disk.note(Op(Kind.TRUNCATE, self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Make durable all that was written, and a new file's name."""
        if self._disk.syncs:
            self._disk.note(Op(Kind.SYNC, self._name))

    def xFileSize(self) -> int:  # noqa: N802
        """Bytes."""
        return len(self._bytes)

    def xLock(self, level: int) -> None:  # noqa: N802
        """Granted."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Granted."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        """Nobody has it."""
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        """Nothing special."""
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        """As SQLite assumes of Linux."""
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        """As SQLite assumes of Linux: a torn write leaves the bytes beside it alone."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xClose(self) -> None:  # noqa: N802
        """Nothing to give back."""


def put(content: bytearray, offset: int, piece: bytes) -> None:
    """Write a piece; what lies between the end and it reads as zeros."""
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(piece)] = piece


class Platter:
    """What is surely on the disk after some of the record, and what only may be."""

    def __init__(self, image: Image) -> None:
        self.sure = {name: bytearray(content) for name, content in image.items()}
        self.unsure: dict[str, list[Op]] = {}
        self.unnamed: set[str] = set()
        self.undead: dict[str, bytearray] = {}

    def take(self, op: Op) -> None:
        """One more thing was done."""
        match op.kind:
            case Kind.WRITE | Kind.TRUNCATE:
                self.unsure.setdefault(op.name, []).append(op)
            case Kind.SYNC:
                content = self.sure[op.name]
                for late in self.unsure.pop(op.name, []):
                    apply(content, late)
                self.unnamed.discard(op.name)
                self.undead.pop(op.name, None)
            case Kind.CREATE:
                self.sure[op.name] = bytearray()
                self.unnamed.add(op.name)
            case Kind.DELETE:
                self._forget(op)

    def cut(self, how: Survival, dice: random.Random) -> Image:
        """The files after a power cut."""
        image = {name: bytes(self._survived(name, how, dice)) for name in self.sure if self._has_name(name, how, dice)}
        for name, content in self.undead.items():
            if name not in image and how is not Survival.EVERYTHING and dice.random() < 0.5:
                image[name] = bytes(content)
        return image

    def _forget(self, op: Op) -> None:
        content = self.sure.pop(op.name)
        self.unsure.pop(op.name, None)
        if op.at:
            self.undead.clear()
        elif op.name not in self.unnamed:
            self.undead[op.name] = content
        self.unnamed.discard(op.name)

    def _has_name(self, name: str, how: Survival, dice: random.Random) -> bool:
        if name not in self.unnamed or how is Survival.EVERYTHING:
            return True
        return how is not Survival.NOTHING and dice.random() < 0.5

    def _survived(self, name: str, how: Survival, dice: random.Random) -> bytearray:
        content, unsure = bytearray(self.sure[name]), self.unsure.get(name, [])
        sector = dice.choice(SECTORS)
        end = len(unsure) - 1 if how is not Survival.TORN_END else dice.randrange(len(unsure) + 1)
        for place, op in enumerate(unsure):
            for piece in _surviving(op, how, dice, (sector, place - end)):
                apply(content, piece)
        return content


def _surviving(op: Op, how: Survival, dice: random.Random, where: tuple[int, int]) -> list[Op]:
    """The parts of one write that are there after a cut; `where`: bytes in a sector, place relative to the torn end."""
    sector, place = where
    match how:
        case Survival.NOTHING:
            return []
        case Survival.EVERYTHING:
            return [op]
        case Survival.TORN_END:
            return [op] if place < 0 else [] if place > 0 else _torn(op, sector, dice.random(), dice)
        case Survival.ANY_WRITES:
            return [op] if dice.random() < 0.5 else []
        case Survival.ANY_SECTORS:
            return _torn(op, sector, 0.5, dice)


def _torn(op: Op, sector: int, kept: float, dice: random.Random) -> list[Op]:
    if op.kind is Kind.TRUNCATE:
        return [op] if dice.random() < kept else []
    pieces, start = [], 0
    while start < len(op.content):
        stop = min(len(op.content), (op.at + start) // sector * sector + sector - op.at)
        if dice.random() < kept:
            pieces.append(Op(Kind.WRITE, op.name, op.at + start, op.content[start:stop]))
        start = stop
    return pieces


def apply(content: bytearray, op: Op) -> None:
    """Do to the file what was done."""
    if op.kind is Kind.WRITE:
        put(content, op.at, op.content)
    else:
        del content[op.at :]
