"""Whatever is wrong with what was given: exit code 2, one sentence on stderr, and the store as it was."""

import resource
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Album, Enrolled
from tests.cli.running import Ran, contents, kiosk, refused

pytestmark = pytest.mark.usefixtures("models_folder")

Command = Callable[[Path, Enrolled, Album], Ran]

COMMANDS: dict[str, Command] = {
    "compare": lambda bad, enrolled, album: kiosk("compare", album.one[0], bad, "--store", enrolled.store),
    "identify": lambda bad, enrolled, album: kiosk("identify", bad, "--store", enrolled.store, "--json"),
    "add": lambda bad, enrolled, album: kiosk(
        "people", "add", "Second", "--photo", album.third, "--photo", bad, "--consent", "--store", enrolled.store
    ),
    "pass check": lambda bad, enrolled, album: kiosk("pass", "check", bad, "--store", enrolled.store),
    "detect": lambda bad, enrolled, album: kiosk("detect", bad, "--store", enrolled.store),
}
every_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
on_faces = pytest.mark.parametrize("name", ["compare", "identify", "add"])


def said_of(command: Command, bad: Path, enrolled: Enrolled, album: Album) -> str:
    """The sentence that a command says about `bad`, after making sure that the store is byte for byte as before."""
    before = contents(enrolled.store)
    sentence = refused(command(bad, enrolled, album))
    assert contents(enrolled.store) == before
    return sentence


@every_command
def test_a_file_that_is_no_picture(command: Command, enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    bad = tmp_path / "letter.jpg"
    bad.write_text("Dear sir or madam, " * 100)
    sentence = said_of(command, bad, enrolled, album)
    assert "letter.jpg" in sentence
    assert "not a picture" in sentence


@every_command
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_truncated_picture(command: Command, suffix: str, enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    bad = tmp_path / f"half.{suffix}"
    Image.open(album.one[0]).save(bad)
    content = bad.read_bytes()
    bad.write_bytes(content[: len(content) // 2])
    assert "half" in said_of(command, bad, enrolled, album)


@every_command
def test_an_empty_file(command: Command, enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    bad = tmp_path / "nothing.jpg"
    bad.touch()
    assert "empty" in said_of(command, bad, enrolled, album)


@every_command
def test_a_picture_of_one_pixel(command: Command, enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    bad = tmp_path / "dot.png"
    Image.new("RGB", (1, 1)).save(bad)
    assert "1x1" in said_of(command, bad, enrolled, album)


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG of 30 000 x 30 000 grey pixels, packed row after row so that it never exists in memory."""
    side = 30_000

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(9)
    row = b"\0" * (side + 1)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path = tmp_path_factory.mktemp("huge") / "huge.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    return path


@every_command
def test_a_small_file_of_a_huge_picture(command: Command, huge: Path, enrolled: Enrolled, album: Album) -> None:
    assert huge.stat().st_size < 1_000_000
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "too large" in said_of(command, huge, enrolled, album)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 300_000, "it was decoded"


@every_command
def test_a_missing_file(command: Command, enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    sentence = said_of(command, tmp_path / "gone.jpg", enrolled, album)
    assert "no file" in sentence
    assert "gone.jpg" in sentence


@every_command
def test_a_folder_instead_of_a_file(command: Command, enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    bad = tmp_path / "album"
    bad.mkdir()
    assert "folder" in said_of(command, bad, enrolled, album)


@on_faces
def test_a_picture_without_a_face(name: str, enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    bad = tmp_path / "wall.jpg"
    noise = np.random.default_rng(1).integers(90, 120, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(bad)
    sentence = said_of(COMMANDS[name], bad, enrolled, album)
    assert "no face" in sentence
    assert "wall.jpg" in sentence


@on_faces
@pytest.mark.parametrize("faces", [2, 3])
def test_several_faces_where_one_is_needed(
    name: str, faces: int, enrolled: Enrolled, album: Album, tmp_path: Path
) -> None:
    bad = tmp_path / "group.jpg"
    portraits = [
        Image.open(path).convert("RGB").resize((500, 500)) for path in (album.one[1], album.third, album.other)
    ]
    group = Image.new("RGB", (500 * faces, 500))
    for i, portrait in enumerate(portraits[:faces]):
        group.paste(portrait, (500 * i, 0))
    group.save(bad)
    assert f"{faces} faces" in said_of(COMMANDS[name], bad, enrolled, album)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[camera]\nwidht = 640\n", "camera.widht"),
        ('[camera]\nwidth = "wide"\n', "camera.width"),
        ("[camera]\nwidth = 10\n", "camera.width = 10 is not allowed; it must be a whole number from 320 to 3840"),
        ("[camera]\nrate = nan\n", "camera.rate"),
        ('[camera]\nkind = "magic"\n', "camera.kind"),
        ("[kamera]\n", "kamera"),
        ("camera = 3\n", "camera"),
        ("[camera\n", "not valid TOML"),
        ("\xff\xfe", "not a text file"),
    ],
)
def test_wrong_settings(text: str, said: str, enrolled: Enrolled, tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_bytes(text.encode("latin-1"))
    before = contents(enrolled.store)
    for command in (("people", "list"), ("run", "--headless", "--until-end"), ("identify", "photo.jpg")):
        assert said in refused(kiosk(*command, "--config", config, "--store", enrolled.store))
    assert contents(enrolled.store) == before


def test_settings_that_are_not_there(tmp_path: Path) -> None:
    assert "gone.toml" in refused(kiosk("people", "list", "--config", tmp_path / "gone.toml"))
    assert "can't be read" in refused(kiosk("people", "list", "--config", tmp_path))


@pytest.mark.parametrize("source", ["", "webcam", "usb:x", "usb:-1", "replay:", "pi:99999"])
def test_a_source_that_is_not_known(source: str, tmp_path: Path) -> None:
    sentence = refused(kiosk("run", "--headless", "--source", source, "--store", tmp_path / "store"))
    assert "replay:PATH" in sentence


def test_a_replay_of_nothing(tmp_path: Path) -> None:
    command = ("run", "--headless", "--until-end", "--store", tmp_path / "store", "--source")
    assert "gone" in refused(kiosk(*command, f"replay:{tmp_path / 'gone'}"))
    (tmp_path / "film.mp4").write_text("no film")
    assert "film.mp4" in refused(kiosk(*command, f"replay:{tmp_path / 'film.mp4'}"))
    (tmp_path / "empty").mkdir()
    assert "no pictures" in refused(kiosk(*command, f"replay:{tmp_path / 'empty'}"))


def test_a_model_that_was_altered(tmp_path: Path, models_folder: Path, album: Album) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for path in models_folder.iterdir():
        if path.is_file():
            (models / path.name).write_bytes(path.read_bytes() + (b"\0" if path.suffix == ".tflite" else b""))
    config = tmp_path / "kiosk.toml"
    config.write_text(f'[kiosk]\nmodels = "{models}"\n')
    assert "restore the models folder" in refused(kiosk("detect", album.third, "--config", config))


@pytest.mark.parametrize("where", ["gone/store.txt/file", "file"])
def test_a_store_where_none_can_be(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "store.txt").touch()
    refused(kiosk("people", "list", "--store", tmp_path / where), code=4)


def test_a_damaged_store(enrolled: Enrolled) -> None:
    database = enrolled.store / "kiosk.db"
    content = bytearray(database.read_bytes())
    content[4096:12288] = b"\x5a" * 8192
    database.write_bytes(content)
    before = contents(enrolled.store)
    for command in (("people", "list"), ("events",), ("people", "remove", enrolled.person, "--yes")):
        assert "damaged" in refused(kiosk(*command, "--store", enrolled.store), code=4)
    assert contents(enrolled.store)["kiosk.db"] == before["kiosk.db"]


def test_a_store_with_another_store_s_key(enrolled: Enrolled, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert kiosk("people", "list", "--store", other).code == 0
    (enrolled.store / "key").write_bytes((other / "key").read_bytes())
    before = contents(enrolled.store)
    assert "key" in refused(kiosk("people", "list", "--store", enrolled.store), code=4)
    assert contents(enrolled.store) == before
