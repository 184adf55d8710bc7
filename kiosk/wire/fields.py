"""The kinds of values that messages hold. Bytes travel as such in CBOR, and as base64 in JSON."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic import WithJsonSchema as Schema

from kiosk.domain.sight import Floats, frozen

VECTOR_MOST = 4096
CHIP_MOST = 64 * 1024
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_HALF = np.dtype("<f2")


class Message(BaseModel):
    """A message. What it does not know of a newer one it leaves aside, so that either end may be the newer one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def nearest(moment: datetime) -> datetime:
    """The moment nearest to it that a message can say: what is good until the year 9999 is so until the end of 2099."""
    return min(max(moment, EARLIEST), LATEST - timedelta(seconds=1))


def in_bounds(moment: datetime) -> datetime:
    """That moment in UTC. Raises ValueError for one before 2000 or after 2099."""
    if not EARLIEST <= moment < LATEST:
        raise ValueError("a year from 2000 to 2099 is needed")
    return moment.astimezone(UTC)


def _from_text(value: Any) -> Any:  # noqa: ANN401 - whatever came
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("base64 is needed") from error


def _to_text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _of_numbers(value: bytes) -> bytes:
    vector = np.frombuffer(value, _HALF) if len(value) % _HALF.itemsize == 0 else np.empty(0, _HALF)
    if not vector.size or not np.isfinite(vector).all() or not vector.any():
        raise ValueError("a vector of finite numbers in half precision is needed")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(in_bounds)]
Bytes = Annotated[
    bytes,
    BeforeValidator(_from_text),
    PlainSerializer(_to_text, when_used="json"),
    Schema({"type": "string", "contentEncoding": "base64"}),
]
Id = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$", max_length=64)]
Uuid7 = Annotated[str, Field(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
Code = Annotated[str, Field(pattern="^([a-z][a-z0-9-]*)?$", max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Label = Annotated[str, Field(max_length=80)]
Language = Annotated[str, Field(min_length=2, max_length=16)]
Number = Annotated[int, Field(ge=0, le=2**53)]
PublicKey = Annotated[Bytes, Field(min_length=32, max_length=32)]
Vector = Annotated[Bytes, Field(min_length=2, max_length=2 * VECTOR_MOST), AfterValidator(_of_numbers)]
Picture = Annotated[Bytes, Field(min_length=1, max_length=CHIP_MOST)]


def packed(vector: Floats) -> bytes:
    """A template's vector (d,) as it travels: little-endian half precision, 256 bytes for 128 numbers.

    A number loses at most one part in 2,048, and a cosine about a millionth. Packing what was unpacked gives the same
    bytes.
    """
    return vector.astype(_HALF).tobytes()


def unpacked(content: bytes) -> Floats:
    """The unit vector (d,) float32 of those bytes."""
    vector = np.frombuffer(content, _HALF).astype(np.float32)
    return frozen(vector / np.linalg.norm(vector))
