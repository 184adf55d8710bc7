"""Messages of the wire in requests and answers: CBOR or JSON, gzipped or not, counted before they take memory."""

from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from kiosk import __version__
from kiosk.central.counting import count_alone, count_values_alone
from kiosk.central.errors import TooLarge, Unsupported, Unusable
from kiosk.wire import forms
from kiosk.wire.forms import BODY_MOST, CBOR, JSON
from kiosk.wire.signing import WIRE, WIRE_HEADER

M = TypeVar("M", bound=BaseModel)

GZIP = "gzip"
SPOKEN = f"{WIRE} {__version__}"


async def body_of(request: Request, kind: type[M], most: int = BODY_MOST) -> M:
    """The message that the request's body is, of so many bytes at most, packed and unpacked.

    Raises TooLarge, Unsupported, Unusable.
    """
    form = _form_of(request)
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in (GZIP, "identity", ""):
        raise Unsupported(f"Send it as it is, or with Content-Encoding: {GZIP}.")
    content = await sent(request, most)
    try:
        plain = forms.unpacked(content, most) if coding == GZIP else content
        return forms.read(plain, kind, form)
    except forms.Unreadable as error:
        raise Unusable(f"That can't be read: {error}.", "body") from error


async def sent(request: Request, most: int = BODY_MOST) -> bytes:
    """The body as it was sent, which is what a kiosk signs. It can be asked for again. Raises TooLarge, Unusable."""
    content: bytes | None = getattr(request.state, "sent", None)
    if content is None:
        content = request.state.sent = await _counted(request, most)
    if len(content) > most:
        raise _too_large(most)
    return content


def answer(request: Request, message: BaseModel, status: int = 200) -> Response:
    """The message in the form that the request accepts: CBOR where that is named, else JSON.

    By the version that is named with it, kiosks notice that what was not taken before may be taken now.
    """
    form = CBOR if CBOR in request.headers.get("accept", "").lower() else JSON
    content, is_packed = forms.written(message, form), False
    if GZIP in request.headers.get("accept-encoding", "").lower():
        content, is_packed = forms.packed(content)
    headers = {"Vary": "Accept, Accept-Encoding", WIRE_HEADER: SPOKEN}
    headers |= {"Content-Encoding": GZIP} if is_packed else {}
    return Response(content, status, headers, form)


def described(kind: type[BaseModel]) -> dict[str, object]:
    """How OpenAPI describes such a body: FastAPI does not see what a route reads itself."""
    schema = inlined(kind)
    return {"requestBody": {"required": True, "content": {form: {"schema": schema} for form in (JSON, CBOR)}}}


def inlined(kind: type[BaseModel]) -> Any:  # noqa: ANN401 - a JSON schema
    """Its schema, complete in itself."""
    whole = kind.model_json_schema()
    return _inline(whole, whole.get("$defs", {}))


async def _counted(request: Request, most: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise _too_large(most)
    count_values_alone(request)  # `forms.read` does
    if _kind(request) == CBOR:  # JSON is as small as everywhere
        count_alone(request)
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > most:
                raise _too_large(most)
    except ClientDisconnect as error:
        raise Unusable("That broke off before its end.", "body") from error
    return bytes(content)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"That is more than {most:,} bytes; send less at once.")


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _form_of(request: Request) -> str:
    form = _kind(request)
    if form not in (CBOR, JSON):
        raise Unsupported(f"Send it as {CBOR} or as {JSON}.")
    return form


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401 - a JSON schema
    """Without references, which would point elsewhere within a larger document."""
    if isinstance(schema, list):
        return [_inline(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inline(one, definitions) for name, one in schema.items() if name != "$defs"}
