"""Bytes that are read as messages: limits hold before memory is spent."""

import gzip
import random
import tracemalloc
from typing import Any

import cbor2
import pytest

from kiosk.wire import forms
from kiosk.wire.counting import MEMBERS_MOST, VALUES_MOST, TooMuch, check_cbor
from kiosk.wire.forms import BODY_MOST, CBOR, JSON
from kiosk.wire.pulled import PAGE_MOST, Page
from kiosk.wire.pushed import CONSENTS_MOST, ITEMS_MOST, TEMPLATES_MOST, Push
from tests.store.making import NOON
from tests.store.syncing import a_page, a_person

MEMORY_MOST = 64 * 1024 * 1024
MANY = BODY_MOST - 64


def a_list_of(value: bytes) -> bytes:
    """A push with a list of so many of that value as a body may have bytes."""
    count = MANY // len(value)
    return b"\xa2\x65store\x61s\x65items\x9a" + count.to_bytes(4) + value * count


def values(of: Any) -> int:
    if isinstance(of, dict):
        return 1 + sum(values(part) for pair in of.items() for part in pair)
    return 1 + sum(values(part) for part in of) if isinstance(of, list) else 1


def anything(dice: random.Random, deep: int = 0) -> Any:
    small = [None, True, 0.5, -dice.randrange(2**40), "é" * dice.randrange(300), dice.randbytes(dice.randrange(70_000))]
    kind = dice.randrange(len(small) + (2 if deep < 4 else 0))
    if kind < len(small):
        return small[kind]
    parts = [anything(dice, deep + 1) for _ in range(dice.randrange(30))]
    return parts if kind == len(small) else {f"{number}": part for number, part in enumerate(parts)}


BODIES = [(a_list_of(value), CBOR) for value in (b"\xa0", b"\x80", b"\x60", b"\xa1\x61a\x01", b"\x9f\xff", b"\x81\xf6")]
BODIES += [(b'{"store":"s","items":[' + b"{}," * (MANY // 3) + b"{}]}", JSON)]


@pytest.mark.parametrize(("body", "form"), BODIES, ids=range(len(BODIES)))
def test_a_body_of_many_small_values_takes_little_memory(body: bytes, form: str) -> None:
    packed = gzip.compress(body)
    tracemalloc.start()
    try:
        with pytest.raises(forms.Unreadable):
            forms.read(forms.unpacked(packed), Push, form)
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MOST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"\xd8\x1c\x81\x00",  # what may be referred to
        b"\x82\xd8\x1c\x80\xd8\x1d\x00",  # a reference
        b"\xd9\x01\x00\x81\x61a",  # texts that may be referred to
        b"\xda\x00\x00\x00\x1d\x00",  # a reference, said at length
        b"\xd8\x1e\x82\x03\x06",  # a fraction, to be made as small as can be
        b"\x9b\x00\x00\x00\xff\x00\x00\x00\x00",  # a list of a million millions
        cbor2.dumps({number * (2**61 - 1): 0 for number in range(MEMBERS_MOST + 1)}),  # names that are all one hash
        cbor2.dumps([{"a": {number: 0 for number in range(1 + 2**16)}}]),
        b"\xbf\x61a\x01\xff",  # a map that ends somewhere
    ],
    ids=["shared", "reference", "texts", "long reference", "fraction", "long list", "map", "long map", "open map"],
)
def test_what_would_become_more_than_was_sent_is_not_read(body: bytes) -> None:
    with pytest.raises(TooMuch):
        check_cbor(body)


def test_values_are_counted_as_they_are_read() -> None:
    dice = random.Random(1)
    for _ in range(50):
        value = anything(dice)
        content = cbor2.dumps(value)
        rest = VALUES_MOST - values(value)
        check_cbor(content + b"\x00" * rest)
        with pytest.raises(TooMuch):
            check_cbor(content + b"\x00" * (rest + 1))


def test_bytes_that_are_nothing_are_left_to_whoever_reads_them() -> None:
    dice = random.Random(2)
    for _ in range(2000):
        content = dice.randbytes(dice.randrange(40))
        with pytest.raises(forms.Unreadable):
            forms.read(content, Push)


def test_a_date_and_a_large_number_are_read_and_so_is_what_says_that_it_is_cbor() -> None:
    for content in (b"\xd9\xd9\xf7\x00", cbor2.dumps(NOON), cbor2.dumps(-(2**70)), b"\xc1\x00"):
        check_cbor(content)


def test_a_map_may_have_as_many_members_as_are_meant() -> None:
    check_cbor(cbor2.dumps([{number: {} for number in range(MEMBERS_MOST)}, 0]))


def test_the_largest_push_and_page_that_are_meant_can_be_read() -> None:
    consent = 1 + 2 * 4
    face = 1 + 2 * 5
    person = 1 + 2 * 6 + CONSENTS_MOST * consent + TEMPLATES_MOST * face
    assert ITEMS_MOST * (person + 10) < VALUES_MOST
    faces = [a_person("ann").person.faces[0]] * TEMPLATES_MOST  # type: ignore[union-attr]
    one = a_person("ann", faces=faces)
    page = a_page(*[one] * PAGE_MOST)
    assert forms.read(forms.written(page), Page) == page
