"""After a power cut between any two writes the store opens, holds what it promised, and nothing that was erased."""

from pathlib import Path
from random import Random

import pytest

from tests.torture.disk import Survival
from tests.torture.power import Stage, Weakness, torture, walk
from tests.torture.scenes import scenes

CUTS = 300


def quietly(done: int) -> None:
    """No progress."""


def test_nothing_promised_is_lost_and_nothing_erased_comes_back() -> None:
    for seed in (1, 2):
        done = torture(CUTS, seed, quietly)
        assert done.faults == []
        assert done.cuts.total() in (CUTS, CUTS + 1)  # the last one may be followed by another while the store opens
        assert len(done.cuts) == 7


def test_a_disk_that_does_not_keep_what_it_was_told_to_is_found_out() -> None:
    done = torture(CUTS, 1, quietly, Weakness(syncs=False))
    assert any("neither what was promised" in fault.what for fault in done.faults)


def test_an_act_that_is_acknowledged_before_it_is_done_is_found_out() -> None:
    done = torture(CUTS, 1, quietly, Weakness(early=True))
    assert any("neither what was promised" in fault.what for fault in done.faults)


AFTER_THE_CUT = ("VACUUM", "DELETE FROM sync WHERE name = ? AND value")


@pytest.mark.parametrize(("without", "haunted"), [((), False), (AFTER_THE_CUT, True)])
def test_erased_bytes_that_a_cut_brings_back_in_the_log_are_found_out(
    tmp_path: Path, without: tuple[str, ...], haunted: bool
) -> None:
    """The log's end is cut off without a sync; the write after it makes that last."""
    (erase,) = (scene for scene in scenes(Random(1)) if scene.name == "erase")
    take = Stage(tmp_path, without=without).record(erase)
    places = [take.is_haunted(moment, platter.cut(Survival.NOTHING, Random(1))) for _, moment, platter in walk(take)]
    assert any(places) is haunted
