"""What a visitor sees when something breaks, on the real loop; only the camera is a stand-in."""

from dataclasses import replace
from pathlib import Path

from kiosk.cameras.reading import load_image
from kiosk.demo.stage import Portrait, empty, shown
from kiosk.domain.verdict import Outcome
from kiosk.screens.events import PartName
from kiosk.screens.states import Attract, OutOfOrder
from tests.journeys.conftest import Bystander, Hall


def troubles(bystander: Bystander) -> set[PartName]:
    return {trouble.part for trouble in bystander.kiosk.loop.state.troubles}


def test_an_unplugged_camera_is_said_on_the_screen_and_comes_back_by_itself(hall: Hall) -> None:
    bystander = hall.open()
    bystander.sees(Attract)
    bystander.until(lambda: bystander.kiosk.loop.post.frames.peek() is not None, "the first frame")
    bystander.lens.unplugged.set()
    bystander.sees(OutOfOrder)
    assert troubles(bystander) == {PartName.CAMERA}
    bystander.lens.unplugged.clear()
    bystander.sees(Attract)
    assert troubles(bystander) == set()


def test_a_stalled_camera_is_said_on_the_screen_and_comes_back_by_itself(hall: Hall) -> None:
    bystander = hall.open()
    bystander.until(lambda: bystander.kiosk.loop.post.frames.peek() is not None, "the first frame")
    bystander.lens.stalled.set()
    bystander.sees(OutOfOrder)
    bystander.lens.stalled.clear()
    bystander.lens.freed.set()
    bystander.sees(Attract)


def test_a_kiosk_without_models_says_so_instead_of_guessing(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "no-models").mkdir()
    general = replace(hall.settings.kiosk, models=tmp_path / "no-models")
    bystander = hall.open(replace(hall.settings, kiosk=general))
    bystander.sees(OutOfOrder)
    assert PartName.VISION in troubles(bystander)


def test_with_nobody_enrolled_a_visitor_is_unknown_and_nothing_is_kept(hall: Hall, demo_faces: dict[str, Path]) -> None:
    bystander = hall.open()
    bystander.show(shown(Portrait(load_image(demo_faces["astronaut"]), (0.44, 0.25), 0.19)))
    decided = bystander.decision()
    assert decided.decision.outcome is Outcome.UNKNOWN
    assert decided.name is None
    bystander.show(empty())
    bystander.sees(Attract)
