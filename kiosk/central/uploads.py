"""Photographs in a request: read after it is known who asks, and never more of them than the settings allow."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from kiosk.central.counting import count_alone
from kiosk.central.errors import TooLarge, Unsupported, Unusable
from kiosk.central.settings import UploadOptions
from kiosk.domain.errors import BadImage, TooManyPixels
from kiosk.vision.reading import header_of

FORMATS = ("JPEG", "PNG", "WEBP")
FORM = "multipart/form-data"
FIELDS_MOST, FIELD_MOST = 20, 4096
ENVELOPE = 100_000  # what a form adds around its files
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The photographs of a form by the names of their fields, in order, and its other fields."""

    pictures: tuple[tuple[str, bytes], ...] = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)

    def picture(self, name: str) -> bytes:
        """The one photograph in that field. Raises Unusable."""
        found = [content for key, content in self.pictures if key == name]
        if len(found) != 1:
            raise Unusable(f"Send exactly one photograph in the field {name!r}.", "fields")
        return found[0]

    def all(self, name: str) -> tuple[bytes, ...]:
        """Every photograph in that field. Raises Unusable where there is none."""
        found = tuple(content for key, content in self.pictures if key == name)
        if not found:
            raise Unusable(f"Send at least one photograph in the field {name!r}.", "fields")
        return found


async def uploaded(request: Request, options: UploadOptions, most: int) -> Uploaded:
    """The form of that request, every photograph checked by its header. Raises TooLarge, Unsupported, Unusable."""
    form = await received(request, round(most * options.picture_mb * MB) + ENVELOPE, most)
    pictures: list[tuple[str, bytes]] = []
    fields: dict[str, str] = {}
    try:
        for name, part in form.multi_items():
            if isinstance(part, UploadFile):
                pictures.append((name, checked(await part.read(), options)))
            else:
                fields[name] = part
    finally:
        await form.close()
    return Uploaded(tuple(pictures), fields)


async def received(request: Request, limit: int, files: int, field_most: int = FIELD_MOST) -> FormData:
    """The form of that request, of so many bytes at most; files are on disk, to be closed by whoever takes it.

    Raises TooLarge, Unsupported, Unusable.
    """
    if not request.headers.get("content-type", "").startswith(FORM):
        raise Unsupported(f"Send it as {FORM}.")
    stream = _counted(request, limit)
    parser = MultiPartParser(request.headers, stream, max_files=files, max_fields=FIELDS_MOST, max_part_size=field_most)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise Unusable(f"That is not a form that can be read: {error.message}", "form") from error
    except (KeyError, ValueError, AssertionError) as error:
        raise Unusable("That is not a form that can be read.", "form") from error


def checked(content: bytes, options: UploadOptions) -> bytes:
    """The photograph, if its header says that it may be decoded. Raises TooLarge, Unsupported."""
    if len(content) > options.picture_mb * MB:
        raise TooLarge(f"A photograph may have {options.picture_mb:g} MB at most.")
    many = f"A photograph may have {options.picture_megapixels:g} million pixels at most."
    try:
        header = header_of(content, "The photograph") if content else None
    except TooManyPixels as error:
        raise TooLarge(many) from error
    except BadImage as error:
        raise Unsupported("Only JPEG, PNG and WebP photographs are read.") from error
    if header is None or header.format not in FORMATS:
        raise Unsupported("Only JPEG, PNG and WebP photographs are read.")
    if header.width * header.height > options.picture_megapixels * 1_000_000:
        raise TooLarge(many)
    return content


async def _counted(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes, until it is more than allowed. Raises TooLarge."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge(f"That is more than {limit // MB} MB; send less.")
    count_alone(request)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit:
            raise TooLarge(f"That is more than {limit // MB} MB; send less.")
        yield chunk


def form_of(*pictures: str, many: bool = False, fields: Mapping[str, str] | None = None) -> dict[str, object]:
    """How OpenAPI describes such a form: FastAPI does not see what a route reads itself."""
    binary: dict[str, object] = {"type": "string", "contentMediaType": "application/octet-stream"}
    one: dict[str, object] = {"type": "array", "items": binary, "minItems": 1} if many else binary
    properties: dict[str, object] = dict.fromkeys(pictures, one)
    properties |= {name: {"type": "string", "description": text} for name, text in (fields or {}).items()}
    schema = {"type": "object", "properties": properties, "required": [*pictures, *(fields or {})]}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
