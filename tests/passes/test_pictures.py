"""From a pass to a QR code and back, through pictures as a camera takes them."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kiosk.domain.errors import BadInput, BadSettings
from kiosk.domain.sight import Image
from kiosk.passes.drawing import QUIET_MODULES, draw_png, qr_modules, qr_picture
from kiosk.passes.reading import Options, Reader, read_codes
from tests.needs import missing

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
ZXING = Options(Reader.ZXING)
WIDTH, HEIGHT = 640, 480
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=list(Reader))
def options(request: pytest.FixtureRequest) -> Options:
    """Each reader in turn; a machine without zbar's system library skips that one and says so; in CI it fails."""
    chosen = Options(request.param)
    try:
        read_codes(np.zeros((32, 32), np.uint8), chosen)
    except BadSettings as error:
        missing(str(error))
    return chosen


def a_text(seed: int = 0, length: int = 250) -> str:
    return "FK1:" + "".join(np.random.default_rng(seed).choice(list(BASE45), length))


def held_up(text: str, seed: int, *, tilt: float = 0.0, noise: float = 0.0, side_px: int = 300) -> Image:
    """A 640x480 RGB frame in which somebody holds the code: turned, tilted (share of the side), with noise."""
    random = np.random.default_rng(seed)
    code = qr_picture(text)
    side = code.shape[0]
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    turn = random.uniform(-0.3, 0.3)
    around = (
        (corners - side / 2) * side_px / side @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    )
    target = around + random.uniform(-tilt, tilt, (4, 2)) * side_px + (WIDTH / 2, HEIGHT / 2)
    warp = cv2.getPerspectiveTransform(corners, target.astype(np.float32))
    scene = cv2.warpPerspective(code, warp, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderValue=(120, 110, 100))
    soft = cv2.GaussianBlur(scene, (0, 0), 0.7).astype(np.float32) * 0.8 + 20
    return np.clip(soft + random.normal(0, noise, soft.shape), 0, 255).astype(np.uint8)


def test_a_code_has_a_quiet_zone_and_dark_corners_inside_it() -> None:
    modules = qr_modules(a_text())
    assert modules.shape[0] == modules.shape[1]
    assert not modules[:QUIET_MODULES].any() and not modules[:, -QUIET_MODULES:].any()
    assert modules[QUIET_MODULES : QUIET_MODULES + 7, QUIET_MODULES].all()
    assert not modules.flags.writeable


def test_a_pass_of_usual_length_takes_53_modules() -> None:
    assert qr_modules(a_text()).shape == (53 + 2 * QUIET_MODULES,) * 2


@pytest.mark.parametrize("seed", range(5))
def test_a_code_held_still_is_read_by_both_readers(options: Options, seed: int) -> None:
    assert read_codes(held_up(a_text(seed), seed), options) == (a_text(seed),)


def test_nearly_every_tilted_code_is_read() -> None:
    read = [read_codes(held_up(a_text(i), i, tilt=0.08), ZXING) == (a_text(i),) for i in range(30)]
    assert sum(read) >= 29


def test_nearly_every_noisy_code_is_read() -> None:
    read = [read_codes(held_up(a_text(i), i, noise=30.0), ZXING) == (a_text(i),) for i in range(30)]
    assert sum(read) >= 29


@settings(max_examples=25, deadline=None)
@given(st.text(BASE45, min_size=1, max_size=300))
def test_every_text_is_drawn_and_read_back(text: str) -> None:
    assert read_codes(qr_picture("FK1:" + text), ZXING) == ("FK1:" + text,)


def test_a_png_holds_the_code(tmp_path: Path) -> None:
    draw_png(a_text(), tmp_path / "pass.png")
    picture = cv2.imread(str(tmp_path / "pass.png"))
    assert picture is not None
    assert read_codes(picture.astype(np.uint8), ZXING) == (a_text(),)


def test_a_png_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "pass.png"):
        with pytest.raises(BadInput):
            draw_png(a_text(), place)


def test_a_text_too_long_for_a_code_is_refused() -> None:
    with pytest.raises(BadInput):
        qr_modules("A" * 5000)


def test_two_codes_in_one_frame_are_both_read_and_each_once(options: Options) -> None:
    one, other = qr_picture("ONE", 200), qr_picture("OTHER", 200)
    side = max(one.shape[0], other.shape[0])
    sheet = np.full((side, side * 3, 3), 255, np.uint8)
    for place, code in enumerate((one, other, one)):
        sheet[: code.shape[0], place * side : place * side + code.shape[1]] = code
    assert sorted(read_codes(sheet, options)) == ["ONE", "OTHER"]


@pytest.mark.parametrize("shape", [(0, 0, 3), (1, 1, 3), (1, 640, 3), (480, 640, 3), (480, 640)])
def test_a_frame_without_a_code_gives_nothing(options: Options, shape: tuple[int, ...]) -> None:
    assert read_codes(np.zeros(shape, np.uint8), options) == ()


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(0, 90), st.integers(0, 90), st.just(3))))
def test_no_picture_does_harm(options: Options, picture: Image) -> None:
    assert isinstance(read_codes(picture, options), tuple)


@pytest.mark.parametrize("content", ["\x00", "a\x00b", "ÿþ", "🙂", "<script>", "'; --", "\n\n", "%s%n"])
def test_weird_texts_do_no_harm(options: Options, content: str) -> None:
    assert len(read_codes(qr_picture(content), options)) <= 1


def test_a_code_of_bytes_that_are_no_text_does_no_harm(options: Options) -> None:
    code = qr_picture(bytes(range(128, 256)))  # type: ignore[arg-type]
    assert len(read_codes(code, options)) <= 1


def test_a_part_of_a_larger_picture_can_be_read() -> None:
    frame = np.full((900, 1600, 3), 200, np.uint8)
    frame[100:580, 300:940] = held_up(a_text(), 0)
    assert read_codes(frame[100:580, 300:940], ZXING) == (a_text(),)
    assert read_codes(frame[100:580, 300:940, 1], ZXING) == (a_text(),)


WITHOUT_ZBAR = """
import sys
sys.modules["pyzbar.pyzbar"] = None  # what an import of it meets where libzbar0 is missing is an ImportError too
import numpy as np
from kiosk.domain.errors import BadSettings
from kiosk.passes.reading import Options, Reader, read_codes
from tests.needs import missing
frame = np.zeros((48, 48, 3), np.uint8)
assert read_codes(frame, Options()) == ()
try:
    read_codes(frame, Options(Reader.ZBAR))
except BadSettings as error:
    print(error)
"""


def test_where_zbar_is_missing_only_choosing_it_is_refused_and_the_sentence_says_what_to_do() -> None:
    said = subprocess.run([sys.executable, "-c", WITHOUT_ZBAR], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "libzbar0" in said.stdout and "zxing" in said.stdout
