"""The versions of the embedding model on this kiosk's disk: `models/` beside the store, one folder a version.

A version is there whole, with the text that central signed, or not at all. What is due is kept in `due.json`; the
thread that talks to central writes it and the versions, nobody else.
"""

import contextlib
import errno
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.errors import ModelError
from kiosk.sync.durable import in_our_words, replace, synced
from kiosk.sync.trials import Trials
from kiosk.vision.manifest import EmbeddingModel
from kiosk.vision.versions import Described, check_file, damaged, described, model_in
from kiosk.wire.forms import JSON, Unreadable, read, written
from kiosk.wire.pulled import DueModel
from kiosk.wire.signing import manifest_text

FOLDER = "models"
FILE, DUE = "model.tflite", "due.json"
SPARE_BYTES = 32 * 1024 * 1024
ID_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Fetching:
    """A version on its way: the part file is gone on with after a break, and becomes a version once it is whole."""

    folder: Path
    due: DueModel
    version: Described
    free: Callable[[Path], int]

    @property
    def part(self) -> Path:
        """What there is of the file."""
        return self.folder / f"{self.version.id}.part"

    def have(self) -> int:
        """How many bytes there are: where the download goes on."""
        with contextlib.suppress(FileNotFoundError):
            return self.part.stat().st_size
        return 0

    @property
    def is_whole(self) -> bool:
        """Whether all bytes are there, and nothing is left but to `finish`."""
        return self.have() >= self.version.size

    def take(self, chunk: bytes) -> None:
        """The next bytes. Raises ModelError for more than were promised, StoreFull, StoreError."""
        have = self.have()
        if have + len(chunk) > self.version.size:
            self.drop()
            raise ModelError(f"more came of the model {self.due.tag} than was promised: it will be fetched again")
        with in_our_words():
            if not have and self.free(self.folder) < self.version.size + SPARE_BYTES:
                raise OSError(errno.ENOSPC, "no room for the whole of it")
            with self.part.open("ab") as file:
                file.write(chunk)

    def finish(self) -> None:
        """Whole, durable, under its name. Raises ModelError for another content; it is fetched from the start then."""
        if not self.is_whole:
            raise ModelError(f"the model {self.due.tag} is not whole yet: the rest will be fetched")
        try:
            check_file(self.version, self.part)
        except ModelError:
            self.drop()
            raise
        place, new = self.folder / self.version.id, self.folder / f"{self.version.id}.new"
        with in_our_words():
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            replace(new / DUE, written(self.due, JSON))
            synced(self.part)
            self.part.rename(new / FILE)
            synced(new)
            shutil.rmtree(place, ignore_errors=True)
            new.rename(place)
            synced(self.folder)

    def drop(self) -> None:
        """Nothing of it is left."""
        with in_our_words():
            self.part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Versions:
    """The folder; several threads may read it, one fetches. `shipped`: sha256 of the model that came with the kiosk.

    `free` says how many bytes a disk still takes.
    """

    folder: Path
    shipped: str
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free

    def note(self, due: DueModel) -> None:
        """That is the version to run; durable on return. To be called before the page that says so is applied."""
        if due != self.due():
            replace(self.folder / DUE, written(due, JSON))

    def due(self) -> DueModel | None:
        """The version to run; None where central never said."""
        return _read_due(self.folder / DUE)

    def fetching(self, due: DueModel, signer: bytes) -> Fetching | None:
        """What is to be fetched for it; None where there is nothing to fetch, or it failed here.

        `signer` is central's public key. All but it, the version that runs, the one before that and the one that is on
        trial are removed first. Raises ModelError for a wrong signature or a manifest that says something else,
        StoreError.
        """
        version = checked(due, signer)
        state = Trials(self.folder).state()
        if version.sha256 == self.shipped or self.is_there(version.id) or version.id in state.failed:
            return None
        fetching = Fetching(self.folder, due, version, self.free)
        with in_our_words():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._borrow(fetching)
            self._make_room({version.id, state.running, state.before, state.trying})
        return fetching

    def is_there(self, version: str) -> bool:
        """Whether that version lies there whole."""
        return bool(version) and (self.folder / version / DUE).is_file()

    def open(self, version: str) -> EmbeddingModel:
        """That version, checked against what central signed. Raises ModelError."""
        due = _read_due(self.folder / version / DUE)
        if due is None:
            raise damaged("that version of the model is not on this kiosk: it will be fetched again")
        found = described(due.manifest)
        if found.id != version:
            raise damaged("that version of the model was altered: it will be fetched again")
        path = self.folder / version / FILE
        check_file(found, path)
        return model_in(found, path)

    def tag_of(self, version: str) -> str:
        """How that version is called; "" where it is not there."""
        due = _read_due(self.folder / version / DUE) if version else None
        return "" if due is None else due.tag

    def remove(self, version: str) -> None:
        """Nothing of that version is left; what is not there is no error."""
        if version:
            shutil.rmtree(self.folder / version, ignore_errors=True)

    def _kept(self) -> Sequence[Path]:
        return [path for path in self.folder.iterdir() if len(_id_of(path)) == ID_LENGTH]

    def _make_room(self, stay: set[str]) -> None:
        for path in self._kept():
            if _id_of(path) in stay:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _borrow(self, fetching: Fetching) -> None:
        """A version of the same file (its scores were measured anew) needs no download.

        One that was being put into its place when the power went may be without its file.
        """
        for path in self._kept():
            due = _read_due(path / DUE)
            if due is not None and due.sha256 == fetching.version.sha256 and (path / FILE).is_file():
                shutil.copyfile(path / FILE, fetching.part)
                return


def checked(due: DueModel, signer: bytes) -> Described:
    """What that version is. Raises ModelError unless central signed it, and it is what central says that it is."""
    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(due.signature, manifest_text(due.manifest))
    except (InvalidSignature, ValueError) as error:
        raise ModelError(f"the model {due.tag} is not signed by central: it is not run") from error
    version = described(due.manifest)
    if (version.tag, version.sha256, version.size) != (due.tag, due.sha256, due.size):
        raise ModelError(f"what central signed is not the model {due.tag} that it announced: it is not run")
    return version


def _id_of(path: Path) -> str:
    return path.name.partition(".")[0]


def _read_due(path: Path) -> DueModel | None:
    try:
        return read(path.read_bytes(), DueModel, JSON)
    except (OSError, Unreadable):
        return None
