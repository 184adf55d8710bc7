"""Pictures from files: what can be read, and what is refused in one sentence before memory is spent."""

import io
import resource
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pictures

from kiosk.domain.errors import BadImage, NotFound
from kiosk.vision.reading import load_image, load_image_bytes

WIDTH, HEIGHT = 48, 32


def a_gradient() -> Pictures.Image:
    """Red grows to the right, green downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, WIDTH), np.linspace(0, 255, HEIGHT))
    return Pictures.fromarray(np.stack([x, y, np.full_like(x, 90)], axis=2).astype(np.uint8))


def saved(picture: Pictures.Image, kind: str = "PNG", **how: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def expected() -> "np.ndarray":
    return np.asarray(a_gradient())


def assert_like(seen: "np.ndarray", meant: "np.ndarray", most: float = 12) -> None:
    assert seen.dtype == np.uint8
    assert seen.shape == meant.shape
    assert seen.flags.c_contiguous
    assert np.abs(seen.astype(int) - meant.astype(int)).mean() <= most


def a_png(width: int, height: int, depth: int = 8, colour: int = 0, body: bytes = b"") -> bytes:
    """A PNG with that header, however large it claims to be."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"])
def test_every_common_format_is_read_as_rgb(kind: str) -> None:
    assert_like(load_image_bytes(saved(a_gradient(), kind), "x"), expected())


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"])
def test_every_mode_is_read_as_rgb(mode: str) -> None:
    if mode in ("I;16", "I", "F"):
        grey = np.asarray(a_gradient().convert("L"), dtype=np.float64)
        dtype, scale = {"I;16": ("<u2", 257), "I": ("<i4", 257), "F": ("<f4", 1 / 255)}[mode]
        picture = Pictures.fromarray((grey * scale).astype(dtype))
    else:
        picture = a_gradient().convert(mode)
    kind = "PNG" if mode in ("L", "1", "P", "RGBA", "LA", "I;16") else "TIFF"
    colourless = mode in ("L", "1", "LA", "I;16", "I", "F")
    meant = np.asarray(a_gradient().convert("L").convert("RGB")) if colourless else expected()
    assert_like(load_image_bytes(saved(picture, kind), "x"), meant, most={"1": 130, "P": 20}.get(mode, 14))


def test_sixteen_bits_a_colour_are_read() -> None:
    rows = b"".join(b"\0" + struct.pack(">H", 40000) * 3 * 32 for _ in range(20))
    picture = load_image_bytes(a_png(32, 20, depth=16, colour=2, body=rows), "x")
    assert picture.shape == (20, 32, 3)
    assert np.abs(picture.astype(int) - 40000 // 257).max() <= 1


def test_cmyk_jpegs_are_read() -> None:
    assert_like(load_image_bytes(saved(a_gradient().convert("CMYK"), "JPEG", quality=95), "x"), expected())


def test_transparent_parts_become_white() -> None:
    picture = load_image_bytes(saved(Pictures.new("RGBA", (20, 20), (200, 0, 0, 0))), "x")
    assert picture.min() == 255


def test_of_an_animation_the_first_picture_is_read() -> None:
    others = [Pictures.new("RGB", (WIDTH, HEIGHT), "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        content = saved(a_gradient(), kind, save_all=True, append_images=others)
        assert_like(load_image_bytes(content, "x"), expected())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_come_upright_whatever_way_the_camera_was_held(orientation: int) -> None:
    stored = {
        2: Pictures.Transpose.FLIP_LEFT_RIGHT, 3: Pictures.Transpose.ROTATE_180, 4: Pictures.Transpose.FLIP_TOP_BOTTOM,
        5: Pictures.Transpose.TRANSPOSE, 6: Pictures.Transpose.ROTATE_90, 7: Pictures.Transpose.TRANSVERSE,
        8: Pictures.Transpose.ROTATE_270,
    }  # fmt: skip
    picture = a_gradient()
    turned = picture if orientation == 1 else picture.transpose(stored[orientation])
    exif = Pictures.Exif()
    exif[0x0112] = orientation
    assert_like(load_image_bytes(saved(turned, "PNG", exif=exif), "x"), expected(), most=0)
    assert_like(load_image_bytes(saved(turned, "JPEG", exif=exif, quality=95), "x"), expected())


def test_a_damaged_exif_block_does_not_spoil_the_picture() -> None:
    whole = saved(a_gradient(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40)
    assert_like(load_image_bytes(whole, "x"), expected())


def test_a_wrong_suffix_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(saved(a_gradient()))
    assert_like(load_image(tmp_path / "picture.jpg"), expected(), most=0)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"not a picture at all", "not a picture"),
        (b"%PDF-1.7\n" * 50, "not a picture"),
        (saved(a_gradient(), "JPEG")[:400], "damaged"),
        (saved(a_gradient(), "PNG")[:70], "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged|not a picture"),
        (saved(Pictures.new("RGB", (1, 1))), "too small"),
        (saved(Pictures.new("RGB", (4000, 2))), "too small"),
        (a_png(30_000, 30_000), "too large"),
        (a_png(10_000, 10_000), "too large"),
        (a_png(100_000, 100_000, depth=16, colour=6), "too large"),
        (a_png(0, 10), "."),
        (b"\0" * 50_000_001, "larger than 50 MB"),
    ],
    ids=[
        "empty",
        "text",
        "pdf",
        "jpeg-cut",
        "png-cut",
        "png-head",
        "1x1",
        "thin",
        "900-mp",
        "100-mp",
        "10-gp",
        "0x10",
        "51-mb",
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "given.png").write_bytes(content)
    with pytest.raises(BadImage, match=why) as refusal:
        load_image(tmp_path / "given.png")
    sentence = str(refusal.value)
    assert "given.png" in sentence and "\n" not in sentence and sentence.endswith(".")


def test_a_giant_is_refused_before_memory_is_spent(tmp_path: Path) -> None:
    row = b"\0" * (1 + 30_000 // 8)
    packer = zlib.compressobj(6)
    body = b"".join([*(packer.compress(row) for _ in range(30_000)), packer.flush()])
    giant = a_png(30_000, 30_000, depth=1).replace(zlib.compress(b""), body)
    assert len(giant) < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadImage, match="30000x30000|too many pixels"):
        load_image_bytes(giant, "giant.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_nothing_is_said_besides_the_refusal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    (tmp_path / "large.png").write_bytes(a_png(12_000, 9_000))
    with pytest.raises(BadImage):
        load_image(tmp_path / "large.png")
    assert capfd.readouterr().err == ""
    assert not recwarn.list


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        load_image(tmp_path / "nowhere.jpg")


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="is a folder"):
        load_image(tmp_path)


@pytest.mark.parametrize("path", ["x" * 300, "with\0nothing", "/dev/null"])
def test_odd_paths_are_refused(path: str) -> None:
    with pytest.raises((BadImage, NotFound)):
        load_image(Path(path))


@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"]),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
    kept=st.floats(0.05, 1),
)
def test_damaged_pictures_are_read_or_refused_but_never_crash(
    kind: str, changes: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(saved(a_gradient(), kind))
    for place, value in changes:
        content[int(place * len(content))] = value
    try:
        picture = load_image_bytes(bytes(content[: int(kept * len(content))]), "x")
    except BadImage:
        return
    assert picture.ndim == 3 and picture.shape[2] == 3 and picture.dtype == np.uint8
