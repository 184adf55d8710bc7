"""The on-screen keyboard for names: its layers, rows and rules; pages/name.py draws it."""

from dataclasses import dataclass

from kiosk.screens.events import Button
from kiosk.screens.states import Layer

_PLAIN = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "-'.")
_ACCENTS = ("àáâäãåæçčćđ", "èéêëęěìíîïł", "ñńòóôöõøß", "ùúûüýšžşğ")
_ENDS_WORD = " -'."
_CAPITAL = {Layer.SMALL: Layer.CAPITAL, Layer.ACCENTS: Layer.ACCENTS_CAPITAL}
_SMALL = {capital: small for small, capital in _CAPITAL.items()}
_ACCENTS_OF = {
    Layer.SMALL: Layer.ACCENTS,
    Layer.CAPITAL: Layer.ACCENTS_CAPITAL,
    Layer.ACCENTS: Layer.SMALL,
    Layer.ACCENTS_CAPITAL: Layer.CAPITAL,
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it presses, what is written on it (nothing: an icon), and its width in letter widths."""

    button: Button
    text: str = ""
    label: str = ""
    width: float = 1.0
    lit: bool = False


def rows(layer: Layer) -> tuple[tuple[Key, ...], ...]:
    """The four rows of keys of that layer, left to right."""
    capital, accents = is_capital(layer), layer in (Layer.ACCENTS, Layer.ACCENTS_CAPITAL)
    letters = [_letters(row, capital) for row in (_ACCENTS if accents else _PLAIN)]
    shift = Key(Button.SHIFT, width=1.4, lit=capital)
    switch = Key(Button.ACCENTS, label="abc" if accents else "áéü", width=1.4)
    last = letters[3] if accents else (letters[3][0], letters[3][1], Key(Button.KEY, " ", "space", 4.2), letters[3][2])
    return (letters[0], letters[1], (shift, *letters[2], Key(Button.DELETE, width=1.4)), (switch, *last))


def is_capital(layer: Layer) -> bool:
    """True for the layers of capital letters."""
    return layer in _SMALL


def shifted(layer: Layer) -> Layer:
    """Small letters for capital ones and the other way round."""
    return _SMALL[layer] if is_capital(layer) else _CAPITAL[layer]


def accented(layer: Layer) -> Layer:
    """Letters with accents for plain ones and the other way round."""
    return _ACCENTS_OF[layer]


def layer_for(name: str) -> Layer:
    """The layer for the next key: plain letters, capital at the start of a word."""
    return Layer.CAPITAL if not name or name[-1] in _ENDS_WORD else Layer.SMALL


def _letters(row: str, capital: bool) -> tuple[Key, ...]:
    """A key a character; ß has no capital of its own and stays."""
    shown = [key.upper() if capital and len(key.upper()) == 1 else key for key in row]
    return tuple(Key(Button.KEY, key, key) for key in shown)
