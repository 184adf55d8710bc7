"""How the API's description speaks of kiosks' routes: signed requests, CBOR beside JSON, and each way to say no."""

from typing import Any

from pydantic import BaseModel

from kiosk.central.sync.bodies import inlined
from kiosk.wire.forms import CBOR
from kiosk.wire.pushed import BODIES
from kiosk.wire.signing import SIGNATURE_HEADER, WIRE_HEADER

Answers = dict[int | str, dict[str, Any]]

SIGNATURE = (
    "`<lane> <counter> <base64>`: the Ed25519 signature of the kiosk's key over method, target, lane, counter and the "
    "SHA-256 of the body, as docs/sync.md says. Kiosks that were made known by hand have no key and leave it out."
)
SPEAKS = "The version of the wire that the kiosk speaks."


class Refused(BaseModel):
    """An answer that says no: a stable code and a sentence; `counter` where that is the code: go on above it."""

    error: str
    message: str
    counter: int | None = None


def signed(extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """What OpenAPI says of a route for kiosks besides `extra`: the headers that a request carries."""
    named = ((SIGNATURE_HEADER, SIGNATURE), (WIRE_HEADER, SPEAKS))
    headers = [{"name": name, "in": "header", "schema": {"type": "string"}, "description": why} for name, why in named]
    return {"parameters": headers, **(extra or {})}


def bodies() -> dict[str, Any]:
    """The schema of an item's body for each kind of item."""
    return {"x-item-bodies": {kind.value: inlined(body) for kind, body in BODIES.items()}}


def answers(kind: type[BaseModel] | None = None, *, status: int = 200) -> Answers:
    """What a signed route may answer: `kind`, in CBOR too, and how it says no."""
    told: Answers = {status: _in_cbor(kind)} if kind is not None else {}
    return told | {
        401: _no("`unauthorised`: the token is not good; `bad-signature`: not signed by this kiosk's key as it came"),
        409: _no("`counter`: that counter was used before; `counter` says the highest one"),
        410: _no("`kiosk-revoked`: out of the fleet; what is of others is to be removed"),
        413: _no("`too-large`: more than a body may have, packed or unpacked"),
        415: _no("`unsupported`: neither CBOR nor JSON"),
        422: _no("`unusable`: no such message"),
        503: _no("`unavailable`: come again after `Retry-After` seconds"),
    }


def open_answers(kind: type[BaseModel], *, status: int = 200) -> Answers:
    """What a route of pairing may answer."""
    return {
        status: _in_cbor(kind),
        401: _no("`bad-signature`: not signed by the key of the kiosk that asks"),
        404: _no("`missing`: no such pairing, or no longer; ask again"),
        413: _no("`too-large`"),
        415: _no("`unsupported`: neither CBOR nor JSON"),
        422: _no("`unusable`: no such message"),
        429: _no("`too-many`: come again after `Retry-After` seconds"),
    }


def _in_cbor(kind: type[BaseModel]) -> dict[str, Any]:
    return {"content": {CBOR: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}}


def _no(why: str) -> dict[str, Any]:
    return {"model": Refused, "description": why}
