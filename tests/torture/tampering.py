"""What can be done to a pass without any key: its text, its bytes and its encoding changed, its parts mixed."""

import base64
import zlib
from collections.abc import Callable
from random import Random

import cbor2

from kiosk.passes import token
from tests.torture.originals import SIGN1, Original, Originals, packed, written

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
OTHERS = "abcxyz#;'\"\\\x00\n\t\u202e\u00e9\u4e2d\U0001f600"
ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's group

Tamper = Callable[[Originals, Original, Random], str]


def bits_flipped(_: Originals, original: Original, dice: Random) -> str:
    content = bytearray(original.content)
    for place in dice.sample(range(8 * len(content)), dice.randint(1, 8)):
        content[place // 8] ^= 1 << place % 8
    return written(bytes(content))


def characters_changed(_: Originals, original: Original, dice: Random) -> str:
    text = list(original.text)
    for place in dice.sample(range(len(text)), dice.randint(1, 4)):
        text[place] = dice.choice([one for one in BASE45 + OTHERS if one != text[place]])
    return "".join(text)


def characters_swapped(_: Originals, original: Original, dice: Random) -> str:
    text = list(original.text)
    one = dice.randrange(len(text))
    other = dice.choice([place for place in range(len(text)) if text[place] != text[one]])
    text[one], text[other] = text[other], text[one]
    return "".join(text)


def truncated(_: Originals, original: Original, dice: Random) -> str:
    text, content = original.text, original.content
    cut = dice.randrange(len(content))
    ways = [text[: dice.randrange(len(text))], text[dice.randrange(1, len(text)) :], written(content[:cut])]
    return dice.choice([*ways, written(content[cut + 1 :]), written(content[:cut] + content[cut + 1 :])])


def extended(_: Originals, original: Original, dice: Random) -> str:
    text, content = original.text, original.content
    more = "".join(dice.choices(BASE45 + OTHERS, k=dice.choice([1, 2, 3, 50, 1000, 3000])))
    place, behind = dice.randrange(len(text) + 1), dice.randbytes(dice.choice([1, 2, 3, 100]))
    ways = [text + more, more + text, text[:place] + more + text[place:], text + text]
    return dice.choice([*ways, written(content + behind), written(behind + content), written(content + content)])


def encoded_anew(_: Originals, original: Original, dice: Random) -> str:
    """The same values, the same signature, another form."""
    return dice.choice(_OTHER_FORMS)(original, dice)


def _spelled(original: Original, dice: Random) -> str:
    """Lengths, the tag and the list in one of the longer forms that CBOR has for them."""
    header, payload, signature = original.parts
    strings = [_string(header, dice), _map(dice), _string(payload, dice), _string(signature, dice)]
    tag = dice.choice([b"\xd2", b"\xd8\x12", b"\xd9\x00\x12", b"\xda\x00\x00\x00\x12", b"\xd9\xd9\xf7\xd2"])
    opening, end = dice.choice([(b"\x84", b""), (b"\x98\x04", b""), (b"\x99\x00\x04", b""), (b"\x9f", b"\xff")])
    found = written(tag + opening + b"".join(strings) + end)
    return found if found != original.text else _wide(original, dice)


def _string(content: bytes, dice: Random) -> bytes:
    size = len(content)
    forms = [cbor2.dumps(content), b"\x59" + size.to_bytes(2, "big") + content]
    forms += [b"\x5a" + size.to_bytes(4, "big") + content, b"\x5b" + size.to_bytes(8, "big") + content]
    half = dice.randrange(size)
    pieces = cbor2.dumps(content[:half]) + cbor2.dumps(content[half:])
    return dice.choice([*forms, b"\x5f" + pieces + b"\xff"])


def _map(dice: Random) -> bytes:
    return dice.choice([b"\xa0", b"\xb8\x00", b"\xbf\xff"])


def _wide(original: Original, _: Random) -> str:
    return written(b"\xd8\x12" + original.content[1:])


def _other_base(original: Original, dice: Random) -> str:
    content = original.content
    bases: list[Callable[[bytes], bytes]] = [base64.b64encode, base64.b32encode, base64.b16encode, base64.b85encode]
    return token.PREFIX + dice.choice(bases)(content).decode()


def _other_writing(original: Original, dice: Random) -> str:
    text, body = original.text, original.text[len(token.PREFIX) :]
    forms = [text.lower(), "fk1:" + body, token.PREFIX + body.lower(), "FK1: " + body, "FK2:" + body, "HC1:" + body]
    forms += [" " + text, text + " ", text + "\n", "\ufeff" + text, token.PREFIX * 2 + body, body, text + "\x00"]
    return dice.choice(forms)


def _compressed(original: Original, dice: Random) -> str:
    return written(zlib.compress(original.content, dice.randint(0, 9)))


def _signature_plus_order(original: Original, _: Random) -> str:
    """The other number that would fit the equation of the signature, were it not too large."""
    header, payload, signature = original.parts
    number = int.from_bytes(signature[32:], "little") + ORDER
    return packed(cbor2.CBORTag(SIGN1, [header, {}, payload, signature[:32] + number.to_bytes(32, "little")]))


def _payload_sorted_anew(original: Original, dice: Random) -> str:
    header, _, signature = original.parts
    items = list(original.payload.items())
    dice.shuffle(items)
    content = cbor2.dumps({**dict(items), 8: 0} if dict(items) == original.payload else dict(items))
    return packed(cbor2.CBORTag(SIGN1, [header, {}, content, signature]))


_OTHER_FORMS = (_spelled, _wide, _other_base, _other_writing, _compressed, _signature_plus_order, _payload_sorted_anew)


def spliced(originals: Originals, original: Original, dice: Random) -> str:
    """Header, claims and signature of two or three passes."""
    other = originals.any_of(but=[original])
    third = originals.any_of(but=[original, other])
    header = dice.choice([original, other, third]).parts[0]
    return packed(cbor2.CBORTag(SIGN1, [header, {}, original.parts[1], dice.choice([other, third]).parts[2]]))


def rewritten(originals: Originals, original: Original, dice: Random) -> str:
    """A claim changed to what its bearer might wish for, under the old signature."""
    other, payload = originals.any_of(but=[original]), original.payload
    number = dice.choice([one for one in other.payload if one not in payload or other.payload[one] != payload[one]])
    wishes: list[dict[int, object]] = [{number: other.payload[number]}, {4: 2**33}, {5: 0}, {2: "k3v7q2m5x9c4b8n6"}]
    wishes += [{7: dice.randbytes(16)}, {-70001: False}, {3: "everywhere"}]
    header, _, signature = original.parts
    return packed(cbor2.CBORTag(SIGN1, [header, {}, cbor2.dumps(payload | dice.choice(wishes)), signature]))


def noise(_: Originals, original: Original, dice: Random) -> str:
    """Neither a pass nor ever one."""
    size = dice.choice([0, 1, 2, 64, 200, 600])
    header, payload = original.parts[:2]
    made = [header, {}, payload, dice.randbytes(64)]
    ways = ["".join(dice.choices(BASE45, k=size)), "".join(map(chr, dice.choices(range(0xD800), k=size)))]
    return dice.choice(
        [*(token.PREFIX + way for way in ways), *ways, written(dice.randbytes(size)), packed(cbor2.CBORTag(18, made))]
    )


TAMPERING: dict[str, Tamper] = {
    "bits flipped": bits_flipped,
    "characters changed": characters_changed,
    "characters swapped": characters_swapped,
    "truncated": truncated,
    "extended": extended,
    "encoded anew": encoded_anew,
    "spliced": spliced,
    "claims rewritten": rewritten,
    "noise": noise,
}
