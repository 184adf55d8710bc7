"""Labelled sets as archives: of what they hold nothing is believed, and nothing that they name is repeated."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Pictures

from kiosk.central.errors import CentralError
from kiosk.central.models.labelled import set_of, unpacked
from kiosk.central.settings import ModelOptions, Settings
from tests.central.models_making import zipped


def picture(shade: int, size: int = 40) -> bytes:
    out = io.BytesIO()
    Pictures.new("RGB", (size, size), (shade, 40, 90)).save(out, "PNG")
    return out.getvalue()


def settings(**models: float) -> Settings:
    return replace(Settings(), models=ModelOptions(**models))  # type: ignore[arg-type]


def opened(archive: bytes, folder: Path, **models: float) -> object:
    return unpacked(io.BytesIO(archive), folder, settings(**models))


def linked() -> bytes:
    entry = zipfile.ZipInfo("Ada/link.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    content = bytearray(zipped({"Ada/1.png": picture(1)}))
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def bomb(size: int) -> bytes:
    """So many bytes of nothing, packed to a thousandth."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Ada/1.png", bytes(size))
    return out.getvalue()


def lying() -> bytes:
    """Much more inside than the directory says."""
    content = bytearray(bomb(5_000_000))
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 1000)
    return bytes(content)


def wide() -> bytes:
    """A directory of very many entries: reading it would cost more than all the pictures."""
    return zipped({f"Ada/{number}.png": b"" for number in range(300)})


def large_kind() -> bytes:
    content = zipped({"Ada/1.png": picture(1)})
    at = content.rfind(b"PK\x05\x06")
    return content[:at] + b"PK\x06\x07" + bytes(16) + content[at:]


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda: b"", 415),
        (lambda: b"PK\x03\x04" + bytes(400), 415),
        (lambda: zipped({"Ada/1.png": picture(1)})[:-30], 415),
        (lambda: zipped({"../Ada/1.png": picture(1)}), 422),
        (lambda: zipped({"/Ada/1.png": picture(1)}), 422),
        (lambda: zipped({"C:/Ada/1.png": picture(1)}), 422),
        (lambda: zipped({"Ada.png": picture(1)}), 422),
        (lambda: zipped({"Ada/inner.zip": zipped({"Ada/1.png": picture(1)})}), 422),
        (lambda: zipped({"Ada/read me.txt": b"text"}), 422),
        (linked, 422),
        (encrypted, 422),
        (large_kind, 415),
        (lambda: bomb(15_000_000), 422),
        (lying, 422),
        (wide, 413),
        (lambda: zipped({f"Ada/{number}.png": picture(number) for number in range(11)}), 413),
    ],
    ids=[
        "empty", "head alone", "cut", "out", "absolute", "drive", "no folder", "nested", "text", "link", "encrypted",
        "zip64", "bomb", "lying", "wide", "too many",
    ],
)  # fmt: skip
def test_an_archive_that_can_t_be_trusted_is_refused(tmp_path: Path, make: Callable[[], bytes], status: int) -> None:
    with pytest.raises(CentralError) as refused:
        opened(make(), tmp_path, set_pictures=10)
    assert refused.value.status == status and "Ada" not in str(refused.value)
    assert all(path.parent == tmp_path for path in tmp_path.rglob("*"))


def test_many_small_ones_are_too_much_together(tmp_path: Path) -> None:
    noisy = Pictures.effect_noise((700, 700), 90)
    out = io.BytesIO()
    noisy.save(out, "PNG")
    with pytest.raises(CentralError) as refused:
        opened(zipped({f"Ada/{number}.png": out.getvalue() for number in range(9)}), tmp_path, set_mb=1)
    assert refused.value.status == 413


def test_a_set_is_its_pictures_whatever_they_are_called(tmp_path: Path) -> None:
    def digest(entries: dict[str, bytes]) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        found = unpacked(io.BytesIO(zipped(entries)), folder, Settings())
        assert found.count == 3 and sorted(len(paths) for paths in found.pictures.values()) == [1, 2]
        return found.digest

    one = digest({"Ada/1.png": picture(1), "Ada/2.png": picture(2), "Bob/1.png": picture(3)})
    renamed = digest({"set/b/x.png": picture(3), "set/a/2": picture(1), "set/a/y.PNG": picture(2)})
    with_litter = digest(
        {"__MACOSX/Ada/._1.png": b"x", "A/1": picture(1), "A/2": picture(2), "A/.DS_Store": b"", "B/3": picture(3)}
    )
    moved = digest({"Ada/1.png": picture(1), "Ada/2.png": picture(3), "Bob/1.png": picture(2)})
    assert one == renamed == with_litter != moved


def test_a_folder_on_disk_is_a_set_too(tmp_path: Path) -> None:
    paths = [tmp_path / "1", tmp_path / "2"]
    for number, path in enumerate(paths):
        path.write_bytes(picture(number))
    assert set_of({"a": [paths[0]], "b": [paths[1]]}).digest != set_of({"a": paths}).digest
