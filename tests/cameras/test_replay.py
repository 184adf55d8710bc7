"""Replaying files as if they were a camera."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

from kiosk.cameras.options import Kind, Options
from kiosk.cameras.replay import Replay, replay_of
from kiosk.domain.errors import BadImage, BadSettings, NotFound
from kiosk.domain.ports import EndOfFrames
from kiosk.domain.sight import Frame
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = Options(rate=10, hold_s=0.5, gap_s=0.2)


def a_replay(path: Path, clock: FakeClock | None = None, options: Options = OPTIONS) -> Replay:
    return Replay(replay_of(path, options), FakeClock() if clock is None else clock)


def frames_of(replay: Replay, most: int = 1000) -> list[Frame]:
    frames: list[Frame] = []
    with replay as camera:
        try:
            while len(frames) < most:
                frames.append(camera.read())
        except EndOfFrames:
            pass
    return frames


def save_grey(path: Path, level: int, size: tuple[int, int] = (64, 48)) -> None:
    Pictures.new("RGB", size, (level, level, level)).save(path)


def save_film(path: Path, frames: int, codec: str = "MJPG") -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 10, (64, 48))
    for i in range(frames):
        writer.write(np.full((48, 64, 3), 20 * i % 256, dtype=np.uint8))
    writer.release()


def test_frames_come_at_the_set_rate(tmp_path: Path) -> None:
    save_grey(tmp_path / "a.png", 9)
    clock = FakeClock()
    times = [frame.taken_at - 1000 for frame in frames_of(a_replay(tmp_path / "a.png", clock))]
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_a_slow_taker_gets_later_frames_and_not_a_burst(tmp_path: Path) -> None:
    save_grey(tmp_path / "a.png", 9)
    clock = FakeClock()
    with a_replay(tmp_path / "a.png", clock) as camera:
        camera.read()
        clock.advance(5)
        times = [camera.read().taken_at - 1000 for _ in range(3)]
    assert times == pytest.approx([5, 5, 5.1]) or times == pytest.approx([5, 5.1, 5.2])


def test_the_pictures_of_a_folder_come_by_name_with_nobody_between_them(tmp_path: Path) -> None:
    for level, name in ((30, "b.png"), (10, "a.png")):
        save_grey(tmp_path / name, level)
    levels = [int(frame.main[0, 0, 0]) for frame in frames_of(a_replay(tmp_path))]
    assert levels == [10] * 5 + [110] * 2 + [30] * 5


def test_a_folder_of_film_frames_can_be_shown_one_by_one(tmp_path: Path) -> None:
    for i in range(3):
        save_grey(tmp_path / f"{i}.png", i)
    frames = frames_of(a_replay(tmp_path, options=replace(OPTIONS, hold_s=0, gap_s=0)))
    assert [int(frame.main[0, 0, 0]) for frame in frames] == [0, 1, 2]


def test_other_files_in_the_folder_are_passed_over(tmp_path: Path) -> None:
    save_grey(tmp_path / "a.png", 10)
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "deeper").mkdir()
    assert len(frames_of(a_replay(tmp_path))) == 5


@pytest.mark.parametrize(("name", "codec"), [("film.avi", "MJPG"), ("film.mp4", "mp4v"), ("film.mkv", "MJPG")])
def test_a_film_is_shown_frame_by_frame(tmp_path: Path, name: str, codec: str) -> None:
    save_film(tmp_path / name, 6, codec)
    levels = [int(frame.main.mean()) for frame in frames_of(a_replay(tmp_path / name))]
    assert levels == pytest.approx([0, 20, 40, 60, 80, 100], abs=4)


def test_a_loop_begins_again(tmp_path: Path) -> None:
    save_film(tmp_path / "film.avi", 3)
    frames = frames_of(a_replay(tmp_path / "film.avi", options=replace(OPTIONS, loop=True)), most=20)
    assert len(frames) == 20


def test_pictures_larger_than_a_frame_are_shrunk_and_keep_their_shape(tmp_path: Path) -> None:
    save_grey(tmp_path / "a.bmp", 9, (3000, 4000))
    frame = frames_of(a_replay(tmp_path / "a.bmp"))[0]
    assert frame.main.shape == (720, 540, 3)
    assert frame.lores.shape == (427, 320, 3)


@pytest.mark.parametrize("size", [(320, 16), (16, 320), (5000, 16), (17, 4999)])
def test_pictures_of_odd_shapes_are_shown(tmp_path: Path, size: tuple[int, int]) -> None:
    save_grey(tmp_path / "a.png", 9, size)
    assert min(frames_of(a_replay(tmp_path / "a.png"))[0].lores.shape) >= 1


def test_a_missing_path_is_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path / ("x" * 300)):
        with pytest.raises(NotFound), a_replay(path):
            pass


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="holds no pictures"), a_replay(tmp_path):
        pass


UNUSABLE = {
    "empty": b"",
    "text": b"just some text\n" * 100,
    "playlist": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/film.ts\n",
    "mp4": b"\0\0\0\x18ftypmp42" + b"\0" * 500,
    "mkv": b"\x1a\x45\xdf\xa3" + b"\1" * 500,
    "avi": b"RIFF\0\0\0\0AVI LIST",
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_cannot_be_shown_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "film.mp4").write_bytes(content)
    with pytest.raises(BadImage, match="film.mp4"), a_replay(tmp_path / "film.mp4"):
        pass


def test_a_broken_film_is_refused_in_our_words_alone(tmp_path: Path) -> None:
    """In a process of its own: FFmpeg takes its manners from the first use in a process."""
    (tmp_path / "film.mp4").write_bytes(UNUSABLE["mp4"])
    script = (
        "from pathlib import Path\n"
        "from kiosk.cameras.replay import Replay, replay_of\n"
        "from kiosk.domain.errors import BadImage\n"
        "from kiosk.runtime.clock import SystemClock\n"
        "try:\n"
        f"    Replay(replay_of(Path({str(tmp_path / 'film.mp4')!r})), SystemClock()).__enter__()\n"
        "except BadImage as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "film.mp4" in done.stdout
    assert done.stderr == ""


def test_a_film_cut_short_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    save_film(tmp_path / "film.avi", 60)
    whole = (tmp_path / "film.avi").read_bytes()
    (tmp_path / "film.avi").write_bytes(whole[: len(whole) * 6 // 10])
    assert 1 <= len(frames_of(a_replay(tmp_path / "film.avi"))) < 60


def test_a_replay_of_nothing_is_refused() -> None:
    with pytest.raises(BadSettings, match="camera.path"):
        Replay(Options(kind=Kind.REPLAY), FakeClock())
