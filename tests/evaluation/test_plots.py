"""Pictures of the figures."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.domain.errors import BadInput
from kiosk.evaluation.detection import Finding, summary
from kiosk.evaluation.plots import check_plot, plot_detection, plot_verification
from kiosk.evaluation.rates import Accuracy
from kiosk.evaluation.verification import Verification
from kiosk.identity.rates import Scores, falling

pytest.importorskip("matplotlib", reason="plots need matplotlib (extra `plots`)")


def figures(name: str, genuine: Scores) -> Verification:
    impostors = falling(np.random.default_rng(1).normal(0.3, 0.1, 2000))
    return Verification(name, 10, 0, 10, 0, Accuracy(1, 0, (1,)), (), (), genuine, impostors)


def has_ink(path: Path) -> bool:
    picture = cv2.imread(str(path))
    return picture is not None and picture.shape[0] > 300 and picture.std() > 5


def test_recognisers_are_drawn_together(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    ours, theirs = (figures(name, chance.normal(0.8, 0.1, 300)) for name in ("ours", "theirs"))
    plot_verification([ours, theirs], tmp_path / "plot.png")
    assert has_ink(tmp_path / "plot.png")


@pytest.mark.parametrize("genuine", [np.full(5, np.nan), np.ones(5)])
def test_a_recogniser_that_misses_all_or_nothing_is_drawn_too(genuine: Scores, tmp_path: Path) -> None:
    plot_verification([figures("ours", genuine)], tmp_path / "plot.png")
    assert has_ink(tmp_path / "plot.png")


@pytest.mark.parametrize("findings", [[Finding(0.9, True), Finding(0.5, False)], []])
def test_detection_is_drawn_whatever_was_found(findings: list[Finding], tmp_path: Path) -> None:
    plot_detection(summary(findings, faces=2, pictures=1), tmp_path / "plot.png")
    assert has_ink(tmp_path / "plot.png")


def test_a_format_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.png"):
        plot_detection(summary([], faces=1, pictures=1), tmp_path / "plot.docx")


def test_a_folder_that_is_not_there_is_found_out_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder"):
        check_plot(tmp_path / "gone" / "plot.png")
