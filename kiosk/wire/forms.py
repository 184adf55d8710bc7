"""Messages as bytes: CBOR (RFC 8949) between kiosk and central, JSON for everybody else, either of them gzipped."""

import gzip
import json
import zlib
from typing import Any, TypeVar

import cbor2
from pydantic import BaseModel, ValidationError

from kiosk.wire.counting import TooMuch, check_cbor, check_json

CBOR, JSON = "application/cbor", "application/json"
BODY_MOST = 8 * 1024 * 1024
SMALL = 512

M = TypeVar("M", bound=BaseModel)


class Unreadable(ValueError):
    """Bytes that are not the message they should be; the text says in which member, never what stands there."""


class Unwritable(ValueError):
    """A message with something in it that can't be said: half a letter, or too many lists within lists."""


def written(message: BaseModel, form: str = CBOR) -> bytes:
    """The message in that form. Raises Unwritable, which only members can be the reason of that are not known."""
    try:
        if form == JSON:
            return message.model_dump_json(by_alias=True, exclude_none=True).encode()
        return cbor2.dumps(message.model_dump(by_alias=True, exclude_none=True), timezone=None)
    except (cbor2.CBORError, ValueError, RecursionError) as error:
        raise Unwritable("that can't be put into a message") from error


def read(content: bytes, kind: type[M], form: str = CBOR) -> M:
    """The message in those bytes. Raises Unreadable, also for more values than `VALUES_MOST`."""
    try:
        check_json(content) if form == JSON else check_cbor(content)
        loaded: Any = json.loads(content) if form == JSON else cbor2.loads(content)
        return kind.model_validate(loaded)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or part in _names(kind))
        raise Unreadable(f"a {kind.__name__} is needed; {place or 'it'} is not as it should be") from error
    except TooMuch as error:
        raise Unreadable(f"a {kind.__name__} is needed, and that is none: {error}") from error
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise Unreadable(f"a {kind.__name__} is needed, and those bytes are none") from error


def packed(content: bytes) -> tuple[bytes, bool]:
    """Gzipped where that is worth it, and whether it is. The same bytes always give the same bytes."""
    if len(content) < SMALL:
        return content, False
    return gzip.compress(content, 6, mtime=0), True


def unpacked(content: bytes, most: int = BODY_MOST) -> bytes:
    """What was gzipped. Raises Unreadable for anything else, and for what would become larger than `most`."""
    opener = zlib.decompressobj(wbits=31)
    try:
        plain = opener.decompress(content, most + 1)
    except zlib.error as error:
        raise Unreadable("those bytes are not gzip") from error
    if len(plain) > most or not opener.eof or opener.unused_data:
        raise Unreadable(f"those bytes are cut short, or become more than {most:,}")
    return plain


def _names(kind: type[BaseModel]) -> set[str]:
    """Members that may be named in an error: those of messages, which are nobody's."""
    found: set[str] = set()
    seen: set[type[BaseModel]] = set()
    todo = [kind]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        for name, field in one.model_fields.items():
            found.add(field.alias or name)
            todo += [
                part for part in _parts(field.annotation) if isinstance(part, type) and issubclass(part, BaseModel)
            ]
    return found


def _parts(annotation: object) -> list[object]:
    inner = getattr(annotation, "__args__", ())
    return [annotation, *(part for one in inner for part in _parts(one))]
