"""Laws of sealed values."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.errors import StoreDamaged
from kiosk.vault import Context, Key, Vault, What

KEY = Key(bytes(range(32)))
WORDS = st.text(max_size=12)
CONTEXTS = st.builds(Context, st.sampled_from(What), WORDS, WORDS, WORDS)
FAST = settings(max_examples=60, deadline=None)


@FAST
@given(st.binary(max_size=600), CONTEXTS)
def test_what_was_sealed_opens_in_the_same_context(plain: bytes, context: Context) -> None:
    assert Vault(KEY).open(Vault(KEY).seal(plain, context), context) == plain


@FAST
@given(st.binary(max_size=64), CONTEXTS, CONTEXTS)
def test_it_opens_in_no_other_context(plain: bytes, context: Context, other: Context) -> None:
    sealed = Vault(KEY).seal(plain, context)
    if other != context:
        with pytest.raises(StoreDamaged):
            Vault(KEY).open(sealed, other)


@FAST
@given(st.binary(max_size=64), st.data())
def test_it_does_not_open_with_any_bit_changed(plain: bytes, data: st.DataObject) -> None:
    context = Context(What.NAME, "somebody")
    sealed = bytearray(Vault(KEY).seal(plain, context))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StoreDamaged):
        Vault(KEY).open(bytes(sealed), context)


@FAST
@given(st.binary(max_size=80))
def test_noise_does_not_open(noise: bytes) -> None:
    with pytest.raises(StoreDamaged):
        Vault(KEY).open(noise, Context(What.NAME))


def test_it_does_not_open_with_another_key() -> None:
    context = Context(What.NAME, "somebody")
    with pytest.raises(StoreDamaged):
        Vault(Key(bytes(32))).open(Vault(KEY).seal(b"plain", context), context)


def test_words_that_run_into_each_other_are_not_the_same_context() -> None:
    context = Context(What.TEMPLATE, person="ab", model="c")
    sealed = Vault(KEY).seal(b"plain", context)
    with pytest.raises(StoreDamaged):
        Vault(KEY).open(sealed, replace(context, person="a", model="bc"))


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert Vault(KEY).seal(b"plain", Context(What.NAME)) != Vault(KEY).seal(b"plain", Context(What.NAME))


def test_a_key_is_shown_without_its_secret() -> None:
    assert repr(KEY) == "Key()"
    assert Key(bytes(32)).id != KEY.id
