"""Photographs that people send: what is refused before it is decoded, and what no mutation of a file may do."""

import io
import random
import struct
import zlib
from pathlib import Path

import pytest
from httpx import Response
from PIL import Image as Pictures

from kiosk.central.inference.trial import trial_face
from tests.central.making import Running

FUZZED = 150
SEED = 20261121


def detect(central: Running, content: bytes, name: str = "picture") -> Response:
    central.ready()
    return central.admin("POST", "/v1/faces/detect", files={name: ("a.jpg", content)})


def saved(form: str, size: tuple[int, int] = (320, 180)) -> bytes:
    out = io.BytesIO()
    with Pictures.open(io.BytesIO(trial_face())) as picture:
        picture.resize(size).save(out, form)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says that it is that large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_are_read(central: Running, form: str) -> None:
    answer = detect(central, saved(form, (640, 360)))
    assert answer.status_code == 200 and len(answer.json()["faces"]) == 1


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
def test_other_formats_are_415(central: Running, form: str) -> None:
    assert detect(central, saved(form)).status_code == 415


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", Path(__file__).read_bytes()])
def test_what_is_no_picture_is_415(central: Running, content: bytes) -> None:
    assert detect(central, content).status_code == 415


def test_too_many_bytes_are_413_before_they_are_kept(central: Running) -> None:
    one = round(central.settings.uploads.picture_mb * 1_000_000) + 1
    assert detect(central, b"\xff\xd8\xff" + bytes(one)).status_code == 413
    announced = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "900000000"}
    assert central.admin("POST", "/v1/faces/detect", content=b"--x", headers=announced).status_code == 413


def test_too_many_pixels_are_413_by_the_header_alone(central: Running) -> None:
    assert detect(central, png_that_claims(20_000, 20_000)).status_code == 413
    assert detect(central, png_that_claims(8_000, 6_000)).status_code == 413


def test_a_picture_without_a_face_or_with_several_says_so(central: Running) -> None:
    out = io.BytesIO()
    Pictures.new("RGB", (400, 300), "grey").save(out, "PNG")
    compared = central.admin("POST", "/v1/faces/compare", files={"a": out.getvalue(), "b": trial_face()})
    assert (compared.status_code, compared.json()["reason"]) == (422, "no-face")
    with Pictures.open(io.BytesIO(trial_face())) as one:
        two = Pictures.new("RGB", (one.width, 2 * one.height))
        two.paste(one, (0, 0))
        two.paste(one, (0, one.height))
        out = io.BytesIO()
        two.save(out, "PNG")
    found = central.admin("POST", "/v1/faces/identify", files={"picture": out.getvalue()})
    assert (found.status_code, found.json()["reason"]) == (422, "several-faces")


def test_a_cut_off_picture_is_422(central: Running) -> None:
    answer = detect(central, saved("PNG")[:2000])
    assert (answer.status_code, answer.json()["reason"]) == (422, "not-a-picture")


@pytest.mark.parametrize("files", [{"other": trial_face()}, {"a": trial_face()}])
def test_a_form_without_its_photographs_is_422(central: Running, files: dict[str, bytes]) -> None:
    assert central.admin("POST", "/v1/faces/compare", files=files).json()["reason"] == "fields"


def test_a_form_that_is_none_is_refused(central: Running) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    broken = central.admin("POST", "/v1/faces/detect", content=b"--x\r\n:\r\n", headers=headers)
    assert broken.status_code == 422
    without = central.admin("POST", "/v1/faces/detect", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert without.status_code == 422
    assert central.admin("POST", "/v1/faces/detect", json={}).status_code == 415


def mutated(original: bytes, dice: random.Random) -> bytes:
    """That file with bytes changed, cut out, doubled or cut off."""
    content = bytearray(original)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(content))
        match dice.randrange(4):
            case 0:
                content[at] = dice.randrange(256)
            case 1:
                del content[at : at + dice.randint(1, 64)]
            case 2:
                content[at:at] = content[at : at + dice.randint(1, 64)]
            case _:
                content[at : at + 4] = dice.randbytes(4)
        content = content or bytearray(b"\0")
    return bytes(content[: dice.randrange(1, len(content) + 1)] if dice.random() < 0.2 else content)


def test_no_mutated_photograph_kills_a_worker(central: Running) -> None:
    dice = random.Random(SEED)
    originals = [saved(form) for form in ("JPEG", "PNG", "WEBP")]
    central.ready()
    before = central.house.pool.alive
    answers = [detect(central, mutated(dice.choice(originals), dice)).status_code for _ in range(FUZZED)]
    assert set(answers) <= {200, 413, 415, 422}
    assert len(set(answers)) > 1
    assert central.house.pool.alive == before
