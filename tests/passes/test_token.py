"""Laws of passes: what was issued is accepted as issued, and nothing else ever is."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cbor2
import numpy as np
import pytest
from base45 import b45decode, b45encode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.errors import PassRefused
from kiosk.domain.people import Consent, PassClaims
from kiosk.domain.reckoning import Reckoning
from kiosk.domain.sight import Embedding
from kiosk.domain.verdict import Reason
from kiosk.passes.keys import PassKey, PublicPassKey
from kiosk.passes.token import LONGEST, check, is_pass, issue

KEY = PassKey(bytes(range(32)))
OTHER_KEY = PassKey(bytes(32))
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
SITE = "here"
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
FAST = settings(max_examples=80, deadline=None)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CLAIMS = st.builds(
    lambda number, person, site, start, seconds: PassClaims(number, person, site, start, start + seconds),
    WORDS,
    WORDS.filter(bool),
    WORDS,
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001 - the time zone follows
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
    st.integers(1, 10**8).map(lambda seconds: timedelta(seconds=seconds)),
)


def claims(**changes: object) -> PassClaims:
    known = PassClaims("pass-1", "k3v7q2m5x9c4b8n6", SITE, NOON, NOON + timedelta(hours=8))
    return replace(known, **changes)  # type: ignore[arg-type]


def refusal(text: str, site: str = SITE, now: datetime = NOON, keys: tuple[PassKey, ...] = (KEY,)) -> Reason:
    with pytest.raises(PassRefused) as caught:
        check(text, keys, site, Reckoning(now))
    return caught.value.reason


def inside(text: str) -> cbor2.CBORTag:
    envelope = cbor2.loads(b45decode(text[4:]))
    assert isinstance(envelope, cbor2.CBORTag)
    return envelope


def packed(envelope: object) -> str:
    return "FK1:" + str(b45encode(cbor2.dumps(envelope)), "ascii")


def signed(payload: object, key: PassKey = KEY, header: dict[int, object] | None = None) -> str:
    """A pass made by hand from RFC 9052, as somebody who holds the key could make it."""
    known = header if header is not None else {1: -8, 4: hashlib.sha256(key.public_bytes).digest()[:8]}
    protected, content = cbor2.dumps(known), payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    private = Ed25519PrivateKey.from_private_bytes(key.private_bytes)
    signature = private.sign(cbor2.dumps(["Signature1", protected, b"", content]))
    return packed(cbor2.CBORTag(18, [protected, {}, content, signature]))


@FAST
@given(CLAIMS, st.floats(0, 0.999999))
def test_an_issued_pass_is_accepted_all_the_time_it_is_valid(issued: PassClaims, share: float) -> None:
    now = issued.not_before_utc + share * (issued.expires_utc - issued.not_before_utc)
    assert check(issue(issued, KEY), [KEY], issued.site, Reckoning(now)) == issued


@FAST
@given(CLAIMS, st.integers(0, 10**9))
def test_before_its_time_and_after_it_a_pass_is_refused(issued: PassClaims, seconds: int) -> None:
    text, later = issue(issued, KEY), timedelta(seconds=seconds)
    assert refusal(text, issued.site, issued.expires_utc + later) is Reason.PASS_EXPIRED
    earlier = issued.not_before_utc - later - timedelta(microseconds=1)
    assert refusal(text, issued.site, earlier) is Reason.PASS_NOT_YET


@FAST
@given(CLAIMS, WORDS)
def test_at_another_site_a_pass_is_foreign(issued: PassClaims, site: str) -> None:
    if site != issued.site:
        assert refusal(issue(issued, KEY), site, issued.not_before_utc) is Reason.PASS_FOREIGN


@FAST
@given(CLAIMS, st.binary(min_size=32, max_size=32))
def test_a_pass_of_another_key_is_forged(issued: PassClaims, secret: bytes) -> None:
    if secret != KEY.private_bytes:
        text = issue(issued, PassKey(secret))
        assert refusal(text, issued.site, issued.not_before_utc) is Reason.PASS_FORGED


def bomb(depth: int) -> bytes:
    """A few bytes of CBOR which refer to themselves, so that what is read from them has two to that many members."""
    content = b"\xd8\x1c\x80"
    for number in range(depth):
        content = b"\xd8\x1c\x82" + content + b"\xd8\x1d" + cbor2.dumps(depth - number)
    return content


@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: b"\xd2\x84" + it, lambda it: b"\xa1" + it + b"\x00"])
def test_a_code_that_grows_when_it_is_read_is_not_a_pass(wrap: Callable[[bytes], bytes]) -> None:
    text = "FK1:" + b45encode(wrap(bomb(60))).decode()
    assert len(text) < LONGEST
    assert refusal(text) is Reason.PASS_UNREADABLE


def test_no_character_of_a_pass_can_be_changed() -> None:
    text = issue(claims(), KEY)
    for place in range(len(text)):
        for letter in {"A", "0", ":", "a", "\n", BASE45[(BASE45.index(text[place]) + 1) % 45]} - {text[place]}:
            changed = text[:place] + letter + text[place + 1 :]
            assert refusal(changed) in (Reason.PASS_FORGED, Reason.PASS_UNREADABLE)


def test_no_byte_of_a_pass_can_be_changed() -> None:
    text = issue(claims(), KEY)
    raw = b45decode(text[4:])
    for place in range(len(raw)):
        for flip in (0x01, 0x20, 0x80, 0xFF):
            changed = raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1 :]
            reason = refusal("FK1:" + b45encode(changed).decode())
            assert reason in (Reason.PASS_FORGED, Reason.PASS_UNREADABLE)


@FAST
@given(st.data())
def test_nothing_can_be_cut_out_put_in_or_put_behind(data: st.DataObject) -> None:
    text = issue(claims(), KEY)
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    changed = text[:start] + data.draw(st.text(BASE45, max_size=9)) + text[end:]
    if changed != text:
        assert refusal(changed) in (Reason.PASS_FORGED, Reason.PASS_UNREADABLE)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(BASE45, max_size=300), st.binary(max_size=300)))
def test_no_noise_is_a_pass_and_none_does_harm(noise: str | bytes) -> None:
    text = noise if isinstance(noise, str) else b45encode(noise).decode()
    assert refusal("FK1:" + text) is Reason.PASS_UNREADABLE
    assert refusal(text) in (Reason.PASS_UNREADABLE, Reason.PASS_FORGED)


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81" * 600 + b"\x00",
        b"\xd2" * 600 + b"\x00",
        b"\xd2\x84" * 300,
        b"\xc2\x59\x02\x00" + b"\xff" * 512,
        b"\xd8\x1d\x00",
        b"\xd8\x23\x61\x28",
        b"\xc0\x61\x30",
        b"\xd9\x01\x0a\x61\x78",
        b"\xd8\x25\x40",
        b"\xd8\x1e\x82\x01\x00",
        b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x9f" * 600,
    ],
    ids=lambda hostile: hostile[:6].hex(),
)
def test_hostile_cbor_is_unreadable_and_nothing_worse(hostile: bytes) -> None:
    assert refusal("FK1:" + b45encode(hostile).decode()) is Reason.PASS_UNREADABLE
    assert refusal(signed(hostile)) is Reason.PASS_UNREADABLE


def test_a_text_that_is_too_long_is_unreadable_before_anything_is_decoded() -> None:
    assert refusal("FK1:" + "0" * LONGEST) is Reason.PASS_UNREADABLE
    assert refusal("FK1:" + "0" * 10**7) is Reason.PASS_UNREADABLE


def test_other_codes_are_not_passes() -> None:
    assert is_pass(issue(claims(), KEY))
    assert not any(is_pass(text) for text in ("", "https://example.org", "HC1:NCFOXN", "fk1:ABC", "FK2:ABC", " FK1:"))


def test_a_pass_is_a_cwt_in_cose_sign1_as_the_standards_write_it() -> None:
    envelope = inside(issue(claims(), KEY, NOON - timedelta(minutes=1)))
    protected, unprotected, payload, signature = envelope.value
    assert (envelope.tag, unprotected) == (18, {})
    assert cbor2.loads(protected) == {1: -8, 4: KEY.id}
    start, end = int(NOON.timestamp()), int(NOON.timestamp()) + 8 * 3600
    assert cbor2.loads(payload) == {2: claims().person, 3: SITE, 4: end, 5: start, 6: start - 60, 7: b"pass-1"}
    public = Ed25519PublicKey.from_public_bytes(KEY.public_bytes)
    public.verify(signature, cbor2.dumps(["Signature1", protected, b"", payload]))


def test_a_pass_fits_into_a_small_qr_code() -> None:
    assert len(issue(claims(pass_id="0193f0a1b2c37d4e8f90a1b2c3d4e5f6", site="main-entrance"), KEY)) <= 262


def test_any_of_several_keys_may_have_signed() -> None:
    text = issue(claims(), KEY)
    assert check(text, [OTHER_KEY, KEY], SITE, Reckoning(NOON)) == claims()
    assert refusal(text, keys=(OTHER_KEY,)) is Reason.PASS_FORGED
    assert refusal(text, keys=()) is Reason.PASS_FORGED


def test_another_key_under_our_keys_id_is_forged() -> None:
    assert refusal(signed({}, OTHER_KEY, {1: -8, 4: KEY.id})) is Reason.PASS_FORGED


def test_the_signature_is_checked_before_the_site_and_the_dates() -> None:
    text = issue(claims(site="elsewhere", expires_utc=NOON + timedelta(seconds=1)), OTHER_KEY)
    assert refusal(text, now=NOON + timedelta(days=1)) is Reason.PASS_FORGED


GOOD = {2: "somebody", 3: SITE, 4: int(NOON.timestamp()) + 60, 5: int(NOON.timestamp()), 6: 0, 7: b"pass-1"}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        "text",
        None,
        *({claim: value for claim, value in GOOD.items() if claim != left_out} for left_out in (2, 3, 4, 5, 7)),
        GOOD | {2: 7},
        GOOD | {3: ["here", "elsewhere"]},
        GOOD | {4: "tomorrow"},
        GOOD | {4: 10**30},
        GOOD | {4: float("nan")},
        GOOD | {5: -(10**18)},
        GOOD | {7: b"\xff\xfe"},
        GOOD | {7: "text"},
    ],
)
def test_something_else_that_we_signed_is_not_a_pass(payload: object) -> None:
    assert refusal(signed(payload)) is Reason.PASS_UNREADABLE


def test_the_claims_by_hand_are_otherwise_good() -> None:
    assert check(signed(GOOD), [KEY], SITE, Reckoning(NOON)).person == "somebody"


@pytest.mark.parametrize(
    "change",
    [
        lambda value: cbor2.CBORTag(17, value),
        lambda value: cbor2.CBORTag(98, value),
        lambda value: cbor2.CBORTag(61, cbor2.CBORTag(18, value)),
        lambda value: value,
        lambda value: cbor2.CBORTag(18, [value[0], {4: KEY.id}, *value[2:]]),
        lambda value: cbor2.CBORTag(18, [b"", {1: -8, 4: KEY.id}, *value[2:]]),
        lambda value: cbor2.CBORTag(18, [*value[:2], None, value[3]]),
        lambda value: cbor2.CBORTag(18, [*value[:3], b""]),
        lambda value: cbor2.CBORTag(18, value[:3]),
        lambda value: cbor2.CBORTag(18, [*value, b""]),
    ],
)
def test_any_other_kind_of_envelope_is_refused(change: Callable[[list[object]], object]) -> None:
    text = packed(change(inside(issue(claims(), KEY)).value))
    assert refusal(text) in (Reason.PASS_UNREADABLE, Reason.PASS_FORGED)


@pytest.mark.parametrize("header", [{}, {1: -8}, {4: KEY.id}, {1: -7, 4: KEY.id}, {1: -8, 4: KEY.id, 3: 0}])
def test_a_header_other_than_ours_is_refused_though_its_signature_fits(header: dict[int, object]) -> None:
    assert refusal(signed(GOOD, KEY, header)) is Reason.PASS_FORGED


def test_parts_of_a_second_are_given_and_never_taken() -> None:
    start, end = NOON + timedelta(seconds=0.6), NOON + timedelta(seconds=60.4)
    back = check(issue(claims(not_before_utc=start, expires_utc=end), KEY), [KEY], SITE, Reckoning(start))
    assert (back.not_before_utc, back.expires_utc) == (NOON, NOON + timedelta(seconds=61))


def test_a_pass_that_could_never_be_used_is_not_issued() -> None:
    with pytest.raises(ValueError):
        issue(claims(expires_utc=NOON), KEY)
    with pytest.raises(ValueError):
        issue(claims(site="x" * 1000), KEY)


def test_a_key_is_shown_without_its_secret_and_made_from_all_of_it() -> None:
    assert repr(KEY) == "PassKey()"
    assert PassKey.generate() != PassKey.generate()
    with pytest.raises(ValueError):
        PassKey(b"short")


def test_a_refusal_says_nothing_of_what_is_in_the_pass() -> None:
    with pytest.raises(PassRefused) as caught:
        check(issue(claims(site="elsewhere"), KEY), [KEY], SITE, Reckoning(NOON))
    assert not [word for word in ("elsewhere", claims().person, "pass-1") if word in str(caught.value)]


PUBLIC = PublicPassKey(KEY.public_bytes)


@FAST
@given(CLAIMS)
def test_the_public_half_of_a_key_checks_what_the_key_signed_and_has_its_id(issued: PassClaims) -> None:
    assert PUBLIC.id == KEY.id
    text = issue(issued, KEY)
    assert check(text, [OTHER_KEY, PUBLIC], issued.site, Reckoning(issued.not_before_utc)) == issued
    with pytest.raises(PassRefused) as caught:
        check(text, [PublicPassKey(OTHER_KEY.public_bytes)], issued.site, Reckoning(issued.not_before_utc))
    assert caught.value.reason is Reason.PASS_FORGED


def test_a_public_key_opens_nothing_that_a_pass_carries() -> None:
    consent = Consent("carried-1", "en", NOON, "screen")
    vector = np.eye(1, 128, dtype=np.float32)[0]
    text = issue(claims(person="", template=Embedding(vector, "model"), consent=consent), KEY)
    assert check(text, [KEY], SITE, Reckoning(NOON)).template is not None
    with pytest.raises(PassRefused) as caught:
        check(text, [PUBLIC], SITE, Reckoning(NOON))
    assert caught.value.reason is Reason.PASS_FOREIGN


def test_a_pass_is_good_for_each_of_several_sites_and_for_no_part_of_a_name() -> None:
    text = issue(claims(), KEY)
    assert check(text, [KEY], {"there", SITE}, Reckoning(NOON)) == claims()
    for sites in ({"there"}, frozenset[str](), {"where is here"}, "where is here"):
        with pytest.raises(PassRefused) as caught:
            check(text, [KEY], sites, Reckoning(NOON))
        assert caught.value.reason is Reason.PASS_FOREIGN


def test_something_of_another_length_is_no_public_key() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PublicPassKey(bytes(31))
