"""The text of a QR pass: a CWT (RFC 8392) signed as COSE_Sign1 with Ed25519, in base45 behind "FK1:".

The signature is checked before anything inside is read, and only the one form that `issue` writes is accepted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Any

import cbor2
from base45 import b45decode, b45encode
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError

from kiosk.domain.errors import PassRefused
from kiosk.domain.people import Consent, PassClaims
from kiosk.domain.reckoning import Reckoning
from kiosk.domain.verdict import Reason
from kiosk.passes.carried import Bearing, seal, unseal
from kiosk.passes.keys import CheckingKey, PassKey

PREFIX = "FK1:"
LONGEST = 1000

# Numbers of RFC 9052 (messages and their headers), RFC 8392 (claims), RFC 9053 (keys) and their registries.
_SIGN1 = 18
_OPENING, _NOTHING = b"\xd2\x84", b"\xa0"  # tag 18, four members; a map without any
_LENGTHS = {24: 1, 25: 2}  # the bytes of a length that does not fit into the first byte
_SIGNATURE_BYTES = 64
_EDDSA = -8
_HEADER_ALG, _HEADER_KID = 1, 4
_SUB, _AUD, _EXP, _NBF, _IAT, _CTI = 2, 3, 4, 5, 6, 7
_KEY_KTY, _KEY_KID, _KEY_ALG, _KEY_CRV, _KEY_X, _KEY_D = 1, 2, 3, -1, -2, -4
_OKP, _ED25519 = 1, 6

# Claims of our own, in the range that RFC 8392 leaves to private use.
_ONCE, _MODEL, _TEMPLATE, _CONSENT = -70001, -70002, -70003, -70004


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
    payload |= _carried(claims, key) | ({_ONCE: True} if claims.single_use else {})
    signed = COSE().encode_and_sign(cbor2.dumps(payload, canonical=True), _signer(key), protected=_header(key))
    text = PREFIX + str(b45encode(signed), "ascii")
    if len(text) > LONGEST:
        raise ValueError(f"a pass has at most {LONGEST} characters; shorten the site's name")
    return text


def check(text: str, keys: Sequence[CheckingKey], site: str | Collection[str], now: Reckoning) -> PassClaims:
    """What a pass says, if one of `keys` signed it for `site` (or one of several) and it is valid now.

    Raises PassRefused. Reasons, in this order: PASS_UNREADABLE, PASS_FORGED, PASS_FOREIGN, CLOCK_UNSURE, PASS_NOT_YET,
    PASS_EXPIRED. Last, a carried pass of another kiosk is foreign: only whoever made it opens what it carries.
    """
    envelope = _opened(text)
    key = _key_of(envelope, keys)
    payload = _loaded(_verified(envelope, key))
    claims = _read(payload)
    if claims.site not in ((site,) if isinstance(site, str) else site):
        raise PassRefused("this pass belongs to another site; ask staff for one of this site", Reason.PASS_FOREIGN)
    if now.doubt is not None:
        raise PassRefused("the kiosk's clock may be wrong, so passes can't be checked; ask staff", Reason.CLOCK_UNSURE)
    if now.utc < claims.not_before_utc:
        raise PassRefused("this pass is not valid yet; come back later", Reason.PASS_NOT_YET)
    if now.utc >= claims.expires_utc:
        raise PassRefused("this pass has expired; ask staff for a new one", Reason.PASS_EXPIRED)
    return _with_template(claims, payload, key)


def _opened(text: str) -> cbor2.CBORTag:
    """The signed envelope with nothing in it believed yet; only its canonical encoding passes.

    Its few bytes are taken apart here: what reads any CBOR follows references within it, and a code that a passer-by
    holds up would become lists within lists until there is neither time nor memory left.
    """
    if len(text) > LONGEST or not is_pass(text):
        raise _unreadable()
    try:
        signed = b45decode(text[len(PREFIX) :])
        canonical = PREFIX + str(b45encode(signed), "ascii")
        protected, place = _byte_string(signed, len(_OPENING))
        payload, place = _byte_string(signed, place + len(_NOTHING))
        signature, end = _byte_string(signed, place)
    except (ValueError, TypeError, LookupError) as error:
        raise _unreadable() from error
    envelope = [protected, {}, payload, signature]
    parts = (_OPENING, *(cbor2.dumps(part) for part in envelope))
    if canonical != text or b"".join(parts) != signed or len(signature) != _SIGNATURE_BYTES or end != len(signed):
        raise _unreadable()
    return cbor2.CBORTag(_SIGN1, envelope)


def _byte_string(content: bytes, place: int) -> tuple[bytes, int]:
    """The byte string (RFC 8949, major type 2) that begins there, and where it ends; nonsense where none does."""
    low = content[place] & 0x1F
    head = 1 + _LENGTHS.get(low, 0)
    length = int.from_bytes(content[place + 1 : place + head]) if low in _LENGTHS else low
    return content[place + head : place + head + length], place + head + length


def _key_of(envelope: cbor2.CBORTag, keys: Sequence[CheckingKey]) -> CheckingKey:
    """The one of our keys that the header names. The header is compared, never interpreted."""
    header = envelope.value[0]
    for key in keys:
        if header == cbor2.dumps(_header(key)):
            return key
    raise _forged()


def _verified(envelope: cbor2.CBORTag, key: CheckingKey) -> bytes:
    """The payload, once that key is found to have signed it."""
    try:
        return COSE().decode(envelope, _verifier(key))
    except (CWTError, ValueError) as error:
        raise _forged() from error


def _loaded(payload: bytes) -> Mapping[int, Any]:
    """The claims' numbers and values; something else that we signed is not a pass."""
    try:
        loaded = cbor2.loads(payload)
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(loaded, dict):
        raise _unreadable()
    return loaded


def _read(payload: Mapping[int, Any]) -> PassClaims:
    try:
        return _claims(payload)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError) as error:
        raise _unreadable() from error


def _claims(payload: Mapping[int, Any]) -> PassClaims:
    return PassClaims(
        pass_id=payload[_CTI].decode(),
        person=_text(payload[_SUB]),
        site=_text(payload[_AUD]),
        not_before_utc=datetime.fromtimestamp(payload[_NBF], UTC),
        expires_utc=datetime.fromtimestamp(payload[_EXP], UTC),
        single_use=payload.get(_ONCE) is True,
    )


def _carried(claims: PassClaims, key: PassKey) -> dict[int, object]:
    """What a carried pass says besides: the sealed template, its model, and what its bearer agreed to."""
    template, consent = claims.template, claims.consent
    if (template is None) != bool(claims.person) or (template is None) != (consent is None):
        raise ValueError("a pass names somebody, or carries a template and what its bearer agreed to")
    if template is None or consent is None:
        return {}
    agreed = [consent.text_version, consent.language, int(consent.given_utc.timestamp()), consent.channel]
    sealed = seal(template, key, _bearing(claims, template.model))
    return {_MODEL: template.model, _TEMPLATE: sealed, _CONSENT: agreed}


def _with_template(claims: PassClaims, payload: Mapping[int, Any], key: CheckingKey) -> PassClaims:
    """The claims with the template they carry, if they do. Neither a name nor a template is a pass for nobody."""
    if _TEMPLATE not in payload:
        if not claims.person:
            raise _unreadable()
        return claims
    if not isinstance(key, PassKey):
        raise PassRefused("this pass opens only at the kiosk that made it; ask staff", Reason.PASS_FOREIGN)
    try:
        version, language, given, channel = payload[_CONSENT]
        consent = Consent(_text(version), _text(language), datetime.fromtimestamp(given, UTC), _text(channel))
        template = unseal(payload[_TEMPLATE], key, _bearing(claims, _text(payload[_MODEL])))
    except (ValueError, TypeError, LookupError, ArithmeticError, OSError) as error:
        raise _unreadable() from error
    if claims.person:
        raise _unreadable()
    return replace(claims, template=template, consent=consent)


def _bearing(claims: PassClaims, model: str) -> Bearing:
    """Bound to whole seconds, as the pass says them."""
    whole = datetime.fromtimestamp(ceil(claims.expires_utc.timestamp()), UTC)
    return Bearing(claims.pass_id, claims.site, model, whole)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _header(key: CheckingKey) -> dict[int, Any]:
    return {_HEADER_ALG: _EDDSA, _HEADER_KID: key.id}


def _signer(key: PassKey) -> Any:  # noqa: ANN401 - cwt's own interface
    return COSEKey.new(_public(key) | {_KEY_D: key.private_bytes})


def _verifier(key: CheckingKey) -> Any:  # noqa: ANN401 - cwt's own interface
    return COSEKey.new(_public(key))


def _public(key: CheckingKey) -> dict[int, Any]:
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
