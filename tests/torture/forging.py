"""Passes of other keys and algorithms, and passes of ours at the wrong time, place or model, or once too often."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.domain.people import PassKind
from kiosk.passes import token
from kiosk.passes.keys import PassKey
from tests.store.making import NOON, an_embedding
from tests.torture.originals import SIGN1, SITE, VALID, Original, Originals, header_of, packed, signed
from tests.torture.tampering import TAMPERING

MAC0, SIGN = 17, 98
ES256 = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
MODEL_CLAIM, TEMPLATE_CLAIM, CONSENT_CLAIM = -70002, -70003, -70004
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forgery:
    """What is held up, and how wrong the kiosk's clock is then."""

    text: str
    shift: timedelta = timedelta()


Forger = Callable[[Originals, Original, Random], Forgery]


def other_key(originals: Originals, original: Original, dice: Random) -> Forgery:
    """Everything right, by somebody else's key: a new one, the dropped one, or one guessed from what is public."""
    public = original.key.public_bytes
    secrets = [dice.randbytes(32), originals.dropped.private_bytes, public, hashlib.sha256(public).digest(), bytes(32)]
    key = PassKey(dice.choice(secrets))
    claims = original.claims
    if claims.kind is PassKind.CARRIED:
        claims = replace(claims, template=an_embedding(dice.randrange(2**32)))
    return Forgery(token.issue(claims, key))


def other_key_id(originals: Originals, original: Original, dice: Random) -> Forgery:
    """Another key under the name of ours, ours under the name of the other, or under no name that is one."""
    ours, key = original.key, PassKey(dice.randbytes(32))
    sister = next(one for one in originals.keys if one != ours)
    odd = [b"", ours.id[:-1], ours.id + b"\0", ours.id.hex(), [ours.id], None, 0, dice.randbytes(8), b"' OR 1=1 --"]
    ways = [(key, header_of(ours)), (ours, header_of(sister)), (sister, header_of(ours)), (ours, header_of(key))]
    ways += [(ours, cbor2.dumps({1: -8, 4: one})) for one in odd]
    ways += [(ours, cbor2.dumps({4: ours.id, 1: -8})), (ours, cbor2.dumps({1: -8, 4: ours.id, 2: [99], 99: 1}))]
    signer, header = dice.choice(ways)
    return Forgery(signed(original.parts[1], signer, header))


def other_algorithm(_: Originals, original: Original, dice: Random) -> Forgery:
    """No signature at all, one by a secret that is public, one by another curve; said in the header, or not said."""
    alg = dice.choice([None, 0, -7, -8, -35, -37, -257, 4, 5, 6, "none", "EdDSA", "HS256"])
    kept = {4: original.key.id} if alg is None else {1: alg, 4: original.key.id}
    header, bare = dice.choice([(cbor2.dumps(kept), {}), (b"", kept), (cbor2.dumps({4: original.key.id}), {1: alg})])
    payload, ours = original.parts[1:]
    key = original.key.public_bytes
    mac = hmac.digest(key, cbor2.dumps(["MAC0", header, b"", payload]), "sha256")
    wide = hmac.digest(key, cbor2.dumps(["Signature1", header, b"", payload]), "sha512")
    found = dice.choice([b"", bytes(64), mac, mac * 2, wide, _by_es256(header, payload), dice.randbytes(64), ours])
    values: list[object] = [header, bare, payload, found]
    if header == header_of(original.key) and not bare and found == ours:
        values[3] = bytes(64)
    signers: list[object] = [header, bare, payload, [[header, {}, ours]]]
    messages: list[tuple[int, list[object]]] = [(SIGN1, values), (SIGN1, values), (MAC0, values), (SIGN, signers)]
    tag, content = dice.choice(messages)
    return Forgery(packed(cbor2.CBORTag(tag, content)))


def _by_es256(header: bytes, payload: bytes) -> bytes:
    signature = ES256.sign(cbor2.dumps(["Signature1", header, b"", payload]), ec.ECDSA(SHA256()))
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))


def other_algorithm_of_ours(_: Originals, original: Original, dice: Random) -> Forgery:
    """Our own key under the name of another algorithm."""
    alg = dice.choice([None, 0, -7, -19, -35, -257, 5, "none", "EdDSA", [-8], -8.0])
    return Forgery(signed(original.parts[1], original.key, cbor2.dumps({1: alg, 4: original.key.id})))


def wrong_site(_: Originals, original: Original, dice: Random) -> Forgery:
    """Signed by a key of ours for another place; sites with keys of their own don't come as far."""
    sites = ["", "here", SITE + " ", SITE.upper(), SITE[:-1], SITE + "\0", "*", SITE.replace("a", "\u0430"), "%"]
    site = dice.choice([*sites, f"site-{dice.randrange(10**6)}", SITE[::-1], f"{SITE},other"])
    return Forgery(token.issue(replace(original.claims, site=site), original.key))


def wrong_clock(originals: Originals, original: Original, dice: Random) -> Forgery:
    """A good pass before and after its time, and by clocks that were never set, ran backwards or leapt ahead."""
    back = timedelta(minutes=dice.uniform(3, 60 * 24 * 365 * 80))
    ahead = VALID + timedelta(seconds=dice.uniform(0, 86400 * 365 * 200))
    set_to = [datetime(year, 1, 1, tzinfo=UTC) - NOON for year in (1970, 2000, 2038, 2099, 2106)]
    return Forgery(original.text, dice.choice([-back, ahead, VALID, *set_to]))


def of_another_time(_: Originals, original: Original, dice: Random) -> Forgery:
    """Signed by us, and valid only later or earlier; or never, or since and until no time there is."""
    payload, noon = original.payload, int(NOON.timestamp())
    later = noon + dice.randint(1, 10**7)
    times = [(later, later + 60), (0, noon), (noon - 60, noon - dice.randint(0, 59)), (later, noon - 1), (noon, 0)]
    start, end = dice.choice([*times, (noon + 1, 2**40), (-(2**40), noon + 60), (0, 2**70), (0, float("inf"))])
    return Forgery(signed(payload | {5: start, 4: end}, original.key))


def other_template(originals: Originals, original: Original, dice: Random) -> Forgery:
    """The template of one carried pass in another, under the old signature or even signed anew by us."""
    other = originals.any_of(PassKind.CARRIED, but=[original])
    payload = original.payload | {TEMPLATE_CLAIM: other.payload[TEMPLATE_CLAIM]}
    header, _, signature = original.parts
    if dice.random() < 0.2:
        return Forgery(packed(cbor2.CBORTag(SIGN1, [header, {}, cbor2.dumps(payload, canonical=True), signature])))
    return Forgery(signed(payload, original.key))


def other_content(originals: Originals, carried: Original, dice: Random) -> Forgery:
    """Signed by us, with a piece of a carried pass wrong or missing, or put into a pass of somebody enrolled."""
    reference = originals.any_of(PassKind.REFERENCE)
    pieces = {number: carried.payload[number] for number in (MODEL_CLAIM, TEMPLATE_CLAIM, CONSENT_CLAIM)}
    gone = dict(carried.payload)
    del gone[dice.choice([3, 4, 5, 7, *pieces])]
    bare = {number: value for number, value in carried.payload.items() if number not in pieces}
    odd: list[object] = [b"", bytes(28), bytes(156), dice.randbytes(157), "text", None, 7, [1, 2, 3, 4], {}]
    piece = {dice.choice([7, *pieces]): dice.choice(odd)}
    ways = [reference.payload | pieces, carried.payload | {2: reference.claims.person}, gone, bare]
    return Forgery(signed(dice.choice([*ways, carried.payload | piece]), carried.key))


def other_model(_: Originals, original: Original, dice: Random) -> Forgery:
    """A template of a model that the kiosk doesn't use: made by one, or only called so."""
    model = f"model-{dice.choice('bcdef')}"
    if dice.random() < 0.5:
        return Forgery(signed(original.payload | {MODEL_CLAIM: model}, original.key))
    template = an_embedding(dice.randrange(2**32), model, dice.choice([64, 128, 192]))
    return Forgery(token.issue(replace(original.claims, template=template), original.key))


def replayed(originals: Originals, original: Original, dice: Random) -> Forgery:
    """For one visit, and used."""
    return Forgery(dice.choice(_alike(originals.spent, original)).text)


def replayed_in_other_words(originals: Originals, original: Original, dice: Random) -> Forgery:
    """For one visit and used, signed anew with the same number: as valid for longer."""
    claims = dice.choice(_alike(originals.spent, original)).claims
    later = replace(claims, expires_utc=claims.expires_utc + DAY * dice.randint(1, 300))
    return Forgery(token.issue(later, dice.choice(originals.keys)))


def withdrawn(originals: Originals, original: Original, dice: Random) -> Forgery:
    return Forgery(dice.choice(_alike(originals.withdrawn, original)).text)


def unknown(originals: Originals, original: Original, dice: Random) -> Forgery:
    """A pass for somebody, signed by us, that the store doesn't know; or for somebody it doesn't."""
    claims = original.claims
    change = {"pass_id": dice.randbytes(16).hex()} | dice.choice([{}, {"person": dice.randbytes(8).hex()}])
    return Forgery(token.issue(replace(claims, **change), originals.keys[0]))  # type: ignore[arg-type]


def _alike(passes: Sequence[Original], original: Original) -> list[Original]:
    return [one for one in passes if one.claims.kind is original.claims.kind]


def _still(tamper: Callable[[Originals, Original, Random], str]) -> Forger:
    return lambda originals, original, dice: Forgery(tamper(originals, original, dice))


FORGERS: dict[str, Forger] = {name: _still(tamper) for name, tamper in TAMPERING.items()} | {
    "another key": other_key,
    "another key id": other_key_id,
    "another algorithm": other_algorithm,
    "another algorithm, our key": other_algorithm_of_ours,
    "another site, our key": wrong_site,
    "a wrong clock": wrong_clock,
    "another time, our key": of_another_time,
    "another template": other_template,
    "other content, our key": other_content,
    "another model": other_model,
    "replayed": replayed,
    "replayed in other words, our key": replayed_in_other_words,
    "withdrawn": withdrawn,
    "unknown, our key": unknown,
}

ONE_KIND = {
    "another template": PassKind.CARRIED,
    "another model": PassKind.CARRIED,
    "other content, our key": PassKind.CARRIED,
    "unknown, our key": PassKind.REFERENCE,
}
