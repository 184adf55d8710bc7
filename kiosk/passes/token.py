"""The text of a QR pass: a CWT (RFC 8392) signed as COSE_Sign1 with Ed25519, in base45 behind "FK1:".

The signature is checked before anything inside is read, and only the one form that `issue` writes is accepted.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any

import cbor2
from base45 import b45decode, b45encode
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError

from kiosk.domain.errors import PassRefused
from kiosk.domain.people import PassClaims
from kiosk.domain.verdict import Reason
from kiosk.passes.keys import PassKey

PREFIX = "FK1:"
LONGEST = 1000

# Numbers of RFC 9052 (messages and their headers), RFC 8392 (claims), RFC 9053 (keys) and their registries.
_SIGN1 = 18
_SIGNATURE_BYTES = 64
_EDDSA = -8
_HEADER_ALG, _HEADER_KID = 1, 4
_SUB, _AUD, _EXP, _NBF, _IAT, _CTI = 2, 3, 4, 5, 6, 7
_KEY_KTY, _KEY_KID, _KEY_ALG, _KEY_CRV, _KEY_X, _KEY_D = 1, 2, 3, -1, -2, -4
_OKP, _ED25519 = 1, 6


def is_pass(text: str) -> bool:
    """Whether a QR code claims to be one of our passes; any other code is none of our business."""
    return text.startswith(PREFIX)


def issue(claims: PassClaims, key: PassKey, issued_utc: datetime | None = None) -> str:
    """The text of a pass signed with `key`, for a QR code; whole seconds.

    `issued_utc` is the start of its validity where not given. Raises ValueError for a pass that could never be used.
    """
    not_before, expires = int(claims.not_before_utc.timestamp()), ceil(claims.expires_utc.timestamp())
    issued = not_before if issued_utc is None else int(issued_utc.timestamp())
    if expires <= not_before:
        raise ValueError("a pass expires after its validity starts")
    payload = {
        _SUB: claims.person,
        _AUD: claims.site,
        _EXP: expires,
        _NBF: not_before,
        _IAT: issued,
        _CTI: claims.pass_id.encode(),
    }
    signed = COSE().encode_and_sign(cbor2.dumps(payload, canonical=True), _signer(key), protected=_header(key))
    text = PREFIX + str(b45encode(signed), "ascii")
    if len(text) > LONGEST:
        raise ValueError(f"a pass has at most {LONGEST} characters; shorten the site's name")
    return text


def check(text: str, keys: Sequence[PassKey], site: str, now_utc: datetime) -> PassClaims:
    """What a pass says, if one of `keys` signed it for `site` and it is valid now. Raises PassRefused.

    Reasons, in this order: PASS_UNREADABLE, PASS_FORGED, PASS_FOREIGN, PASS_NOT_YET, PASS_EXPIRED.
    """
    envelope = _opened(text)
    claims = _read(_verified(envelope, keys))
    if claims.site != site:
        raise PassRefused("this pass belongs to another site; ask staff for one of this site", Reason.PASS_FOREIGN)
    if now_utc < claims.not_before_utc:
        raise PassRefused("this pass is not valid yet; come back later", Reason.PASS_NOT_YET)
    if now_utc >= claims.expires_utc:
        raise PassRefused("this pass has expired; ask staff for a new one", Reason.PASS_EXPIRED)
    return claims


def _opened(text: str) -> cbor2.CBORTag:
    """The signed envelope with nothing in it believed yet; only its canonical encoding passes."""
    if len(text) > LONGEST or not is_pass(text):
        raise _unreadable()
    try:
        signed = b45decode(text[len(PREFIX) :])
        envelope: object = cbor2.loads(signed)
        canonical = PREFIX + str(b45encode(cbor2.dumps(envelope)), "ascii")
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise _unreadable() from error
    if canonical != text or not isinstance(envelope, cbor2.CBORTag) or not _is_sign1(envelope):
        raise _unreadable()
    return envelope


def _is_sign1(envelope: cbor2.CBORTag) -> bool:
    match envelope.value:
        case [bytes(), dict(unprotected), bytes(), bytes(signature)]:
            return envelope.tag == _SIGN1 and not unprotected and len(signature) == _SIGNATURE_BYTES
    return False


def _verified(envelope: cbor2.CBORTag, keys: Sequence[PassKey]) -> bytes:
    """The payload, once a key of ours is found to have signed it. The header is compared, never interpreted."""
    header = envelope.value[0]
    for key in keys:
        if header == cbor2.dumps(_header(key)):
            try:
                return COSE().decode(envelope, _verifier(key))
            except (CWTError, ValueError) as error:
                raise _forged() from error
    raise _forged()


def _read(payload: bytes) -> PassClaims:
    """The claims of a payload whose signature is good; something else we signed is not a pass."""
    try:
        return _claims(cbor2.loads(payload))
    except (cbor2.CBORError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError) as error:
        raise _unreadable() from error


def _claims(payload: Mapping[int, Any]) -> PassClaims:
    return PassClaims(
        pass_id=payload[_CTI].decode(),
        person=_text(payload[_SUB]),
        site=_text(payload[_AUD]),
        not_before_utc=datetime.fromtimestamp(payload[_NBF], UTC),
        expires_utc=datetime.fromtimestamp(payload[_EXP], UTC),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _header(key: PassKey) -> dict[int, Any]:
    return {_HEADER_ALG: _EDDSA, _HEADER_KID: key.id}


def _signer(key: PassKey) -> Any:  # noqa: ANN401 - cwt's own interface
    return COSEKey.new(_public(key) | {_KEY_D: key.private_bytes})


def _verifier(key: PassKey) -> Any:  # noqa: ANN401 - cwt's own interface
    return COSEKey.new(_public(key))


def _public(key: PassKey) -> dict[int, Any]:
    return {
        _KEY_KTY: _OKP,
        _KEY_KID: key.id,
        _KEY_ALG: _EDDSA,
        _KEY_CRV: _ED25519,
        _KEY_X: key.public_bytes,
    }


def _unreadable() -> PassRefused:
    return PassRefused("this code is damaged or not a pass; hold it flat, or ask staff", Reason.PASS_UNREADABLE)


def _forged() -> PassRefused:
    return PassRefused("this pass was not issued here or has been changed; ask staff", Reason.PASS_FORGED)
