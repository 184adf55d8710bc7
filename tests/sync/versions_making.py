"""Versions of the model in the making: the committed one under another name, as central would sign and send it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.sync.versions import Fetching, Versions
from kiosk.vision.manifest import EmbeddingModel, load_manifest
from kiosk.vision.versions import described
from kiosk.wire.pulled import DueModel
from kiosk.wire.signing import manifest_text

SHIPPED = Path(__file__).resolve().parents[2] / "models"
CENTRAL = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = CENTRAL.public_key().public_bytes_raw()


@dataclass(frozen=True)
class Sent:
    """A version as it travels: what the feed says of it, and its file."""

    due: DueModel
    content: bytes

    @property
    def id(self) -> str:
        return described(self.due.manifest).id


def shipped() -> EmbeddingModel:
    return load_manifest(SHIPPED).embedding


def shipped_content() -> bytes:
    return shipped().source.path.read_bytes()


def another(number: int = 1) -> bytes:
    """Another file that is the same model: what follows a flatbuffer's end means nothing."""
    return shipped_content() + number.to_bytes(4, "little")


def a_version(tag: str = "second", content: bytes | None = None, **other: Any) -> Sent:
    """A version of that file; `other` members of its manifest in place of the right ones."""
    file = another() if content is None else content
    manifest = json.dumps(manifest_of(tag, file) | other)
    due = DueModel(
        tag=tag,
        sha256=hashlib.sha256(file).hexdigest(),
        size=len(file),
        path=f"/v1/kiosk/model/{tag}/file",
        manifest=manifest,
        signature=CENTRAL.sign(manifest_text(manifest)),
    )
    return Sent(due, file)


def manifest_of(tag: str, content: bytes) -> dict[str, Any]:
    model = shipped()
    return {
        "tag": tag,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "dimension": model.dimension,
        "recipe": recipe(),
        "scores": list(zip(model.score_table.fmr, model.score_table.score, strict=True)),
        "gallery_scores": list(zip(model.gallery_table.fmr, model.gallery_table.score, strict=True)),
    }


def recipe() -> dict[str, Any]:
    model = shipped()
    return {
        "chip": model.chip,
        "scale": list(model.input.scale),
        "offset": list(model.input.offset),
        "mirror": model.mirror,
        "normalise": model.normalise.value,
        "points": list(model.points),
        "positions": [[float(x), float(y)] for x, y in model.positions],
    }


def versions_in(folder: Path) -> Versions:
    return Versions(folder, shipped().source.sha256)


def fetched(versions: Versions, sent: Sent) -> Fetching | None:
    """Announce that version and fetch it whole, in pieces."""
    versions.note(sent.due)
    fetching = versions.fetching(sent.due, SIGNER)
    if fetching is None:
        return None
    while not fetching.is_whole:
        place = fetching.have()
        fetching.take(sent.content[place : place + 1_000_000])
    fetching.finish()
    return fetching
