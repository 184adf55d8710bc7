"""Codes made to harm whoever reads them, on real pictures before the real gate with a real store.

Each text is held up bare, behind the prefix of passes, and inside a pass that a key of ours signed: as its bearer, as
its site and as its number. It is ignored or refused, and nothing of it is left: not in the store, a log or a message.
"""

import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_L

from kiosk.cameras.frames import make_frame
from kiosk.domain.errors import PassRefused
from kiosk.domain.sight import Image
from kiosk.parts.gate import Options, PassGate, Registry
from kiosk.passes import token
from kiosk.passes.reading import Options as ReadingOptions
from kiosk.passes.reading import read_codes
from kiosk.store import Store
from tests.cli.running import contents
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, NOON, a_pass, open_store, query, somebody
from tests.torture.originals import signed

SITE = "here"
WIDE, HIGH = 1280, 1080
TELLING = 8


@dataclass
class Entrance:
    """A gate with its store; `frames` counts what was held up."""

    folder: Path
    store: Store
    gate: PassGate
    person: str
    caught: pytest.LogCaptureFixture
    frames: int = 0

    def repels(self, *texts: str | bytes) -> None:
        """Hold all of them up in every form, and look whether anything came of it."""
        before = self._kept()
        for text in texts:
            for held in self._forms(text):
                picture = drawn(held)
                assert read_codes(picture, ReadingOptions()), "the picture holds no code that can be read"
                said = self._message_at(picture, held) + self.caught.text
                for piece in pieces(text):
                    assert piece not in said, "a message or a log repeats what was held up"
        assert self._kept() == before

    def _forms(self, text: str | bytes) -> Iterator[str | bytes]:
        yield text
        prefix = token.PREFIX
        yield prefix + text if isinstance(text, str) else prefix.encode() + text
        number = text.encode() if isinstance(text, str) else text
        noon = int(NOON.timestamp())
        good = {2: self.person, 3: SITE, 4: noon + 3600, 5: noon - 60, 6: noon - 60, 7: b"pass-1"}
        forms = [good | {2: text}, good | {3: text}, good | {7: number}]
        key = self.store.secrets.pass_key()
        yield from (made for form in forms if len(made := signed(form, key)) <= 2 * token.LONGEST)

    def _message_at(self, picture: Image, held: str | bytes) -> str:
        """What the gate says, its causes and where they arose; "" where it says nothing."""
        self.frames += 1
        frame = make_frame(picture, 320, float(self.frames), self.frames)
        try:
            assert self.gate.look(frame) is None
        except PassRefused as refused:
            return "".join(traceback.format_exception(refused))
        assert not (isinstance(held, str) and token.is_pass(held)), "a code that claims to be a pass is answered"
        return ""

    def _kept(self) -> tuple[object, ...]:
        tables = [name for (name,) in query(self.folder, "SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: query(self.folder, f'SELECT * FROM "{name}"') for name in tables}
        return rows, contents(self.folder), sorted(self.folder.parent.rglob("*"))


def drawn(content: str | bytes) -> Image:
    """A frame with that code as large as fits."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=4, mask_pattern=3)
    code.add_data(content)
    code.make()
    modules = np.array(code.get_matrix(), dtype=np.bool_)
    scale = HIGH // modules.shape[0]
    grey = np.where(modules, np.uint8(0), np.uint8(255)).repeat(scale, axis=0).repeat(scale, axis=1)
    frame = np.full((HIGH, WIDE, 3), 110, dtype=np.uint8)
    frame[: grey.shape[0], 60 : 60 + grey.shape[1]] = grey[..., None]
    return frame


def pieces(text: str | bytes) -> set[str]:
    """Every piece by which a text would be known again, as it is and as Python would show it."""
    forms = [text, repr(text)[1:-1]] if isinstance(text, str) else [repr(text)[2:-1]]
    return {form[at : at + TELLING] for form in forms for at in range(max(1, len(form) - TELLING + 1))}


@pytest.fixture
def entrance(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Entrance]:
    clock, folder = FakeClock(), tmp_path / "store"
    caplog.set_level(logging.DEBUG)
    with open_store(folder, clock) as store:
        person = store.people.enrol(somebody(), clock.utc()).id
        store.passes.keep(a_pass(person))
        registry = Registry(store.secrets.pass_keys(), SITE, MODEL, store.passes, store.people, store.tries)
        gate = PassGate(registry, Options(every_nth_frame=1, reading_width=1280), ReadingOptions(), store.seen.reckon)
        yield Entrance(folder, store, gate, person, caplog)


def test_the_same_entrance_lets_a_good_pass_in(entrance: Entrance) -> None:
    payload = {2: entrance.person, 3: SITE, 4: int(NOON.timestamp()) + 60, 5: int(NOON.timestamp()), 6: 0, 7: b"pass-1"}
    frame = make_frame(drawn(signed(payload, entrance.store.secrets.pass_key())), 320, 1.0, 1)
    claims = entrance.gate.look(frame)
    assert claims is not None
    assert claims.person == entrance.person


def test_no_code_injects_sql(entrance: Entrance) -> None:
    entrance.repels(
        "' OR '1'='1' --",
        "x'; DROP TABLE people; DELETE FROM passes; --",
        "' UNION SELECT value, 1, 1, 1, 1, 1, 1 FROM secrets --",
        "pass-1' OR revoked_utc IS NULL OR id = '",
        "%",
    )


def test_no_code_runs_a_command(entrance: Entrance) -> None:
    entrance.repels(
        "$(touch injected)", "`touch injected`", "; touch injected #", "| touch injected", "\n!touch injected\n"
    )
    assert not Path("injected").exists()


def test_no_code_is_too_long(entrance: Entrance) -> None:
    entrance.repels("A" * 600, "9" * 7000, "Z" * 4200, "a" * 2900, b"\x90" * 2900)


def test_no_code_leaves_its_folder(entrance: Entrance) -> None:
    entrance.repels(
        "../../../../../../etc/passwd", "..\\..\\kiosk.key", "file:///etc/shadow", "%2e%2e%2fkiosk.db", "/dev/zero"
    )


def test_no_code_is_a_format(entrance: Entrance) -> None:
    entrance.repels(
        "%s%s%s%n%n%n%x%x", "{0.__class__.__mro__}", "{claims.template.vector}", "${jndi:ldap://localhost/a}", "{{7*7}}"
    )


def test_no_code_ends_early_at_a_zero_byte(entrance: Entrance) -> None:
    entrance.repels("\0", "pass-1\0 of somebody else", "here\0", "\0a" * 200, "FK1:\0\0\0\0")


def test_no_code_confuses_by_odd_letters(entrance: Entrance) -> None:
    entrance.repels(
        "\u202ednibeht\u202c \u2066x\u2069",
        "e" + "\u0301" * 300,
        "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20,
        "\uff26\uff2b\uff11: \uff07 OR 1=1",
        "\ufeff\u2028\u2029\x1b[2J\x1b]0;title\x07",
        "h\u0435re",
    )


def test_no_code_of_bytes_is_taken_for_text(entrance: Entrance) -> None:
    entrance.repels(
        bytes(range(256)),
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x06reboot\x85R.",
        b"\xd2\x84" * 200,
        b"\xed\xa0\x80\xc0\xaf\xf8\x88\x80\x80\x80",
        np.random.default_rng(1).bytes(1000),
    )
