"""The on-screen keyboard: what its layers hold, and which one comes next."""

import pytest

from kiosk.domain.people import NAME_LONGEST
from kiosk.screens import keyboard
from kiosk.screens.events import Button
from kiosk.screens.states import Layer, NameEntry
from tests.screens.making import Session


def naming() -> Session:
    return Session().staff().press(Button.ENROL, Button.AGREE)


def entry(session: Session) -> NameEntry:
    assert isinstance(session.screen, NameEntry)
    return session.screen


def letters(layer: Layer) -> set[str]:
    return {key.text for row in keyboard.rows(layer) for key in row if key.button is Button.KEY}


@pytest.mark.parametrize("layer", Layer)
def test_every_layer_has_four_rows_with_shift_delete_and_the_way_to_the_other_letters(layer: Layer) -> None:
    rows = keyboard.rows(layer)
    buttons = [key.button for row in rows for key in row]
    assert len(rows) == 4
    assert all(buttons.count(button) == 1 for button in (Button.SHIFT, Button.DELETE, Button.ACCENTS))
    assert all(len(letter) == 1 for letter in letters(layer))


def test_the_plain_layers_hold_the_alphabet_and_what_names_are_joined_with() -> None:
    alphabet = set("abcdefghijklmnopqrstuvwxyz")
    assert letters(Layer.SMALL) == alphabet | set(" -'.")
    assert letters(Layer.CAPITAL) == {letter.upper() for letter in alphabet} | set(" -'.")


def test_accents_come_small_and_capital() -> None:
    assert set("áéîöüñçßøł") <= letters(Layer.ACCENTS)
    assert set("ÁÉÎÖÜÑÇßØŁ") <= letters(Layer.ACCENTS_CAPITAL)


@pytest.mark.parametrize("layer", Layer)
def test_shift_and_accents_pressed_twice_lead_back(layer: Layer) -> None:
    assert keyboard.shifted(keyboard.shifted(layer)) is layer
    assert keyboard.accented(keyboard.accented(layer)) is layer
    assert keyboard.is_capital(keyboard.shifted(layer)) is not keyboard.is_capital(layer)


@pytest.mark.parametrize("joint", " -'.")
def test_a_new_word_begins_with_a_capital(joint: str) -> None:
    session = naming()
    assert entry(session).layer is Layer.CAPITAL
    assert entry(session.types(Button.KEY, "A")).layer is Layer.SMALL
    assert entry(session.types(Button.KEY, joint)).layer is Layer.CAPITAL
    assert entry(session.types(Button.KEY, "B")).layer is Layer.SMALL
    assert entry(session).name == f"A{joint}B"


def test_shift_can_be_taken_back_before_the_letter() -> None:
    session = naming().press(Button.SHIFT)
    assert entry(session).layer is Layer.SMALL


def test_after_an_accent_the_plain_letters_are_back() -> None:
    session = naming().press(Button.ACCENTS)
    assert entry(session).layer is Layer.ACCENTS_CAPITAL
    session.types(Button.KEY, "É")
    assert entry(session).layer is Layer.SMALL and entry(session).name == "É"


def test_a_name_does_not_begin_with_a_space_and_one_of_spaces_is_none() -> None:
    session = naming().types(Button.KEY, "   ").press(Button.OK)
    assert entry(session).name == ""


def test_the_eighty_first_letter_is_not_taken_and_the_last_one_can_be_deleted() -> None:
    session = naming().types(Button.KEY, "ab" * NAME_LONGEST)
    assert entry(session).name == "ab" * (NAME_LONGEST // 2)
    assert len(entry(session.press(Button.DELETE)).name) == NAME_LONGEST - 1
