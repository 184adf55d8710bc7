"""After a power cut between any two writes the store opens, holds what it promised, and nothing that was erased."""

from tests.torture.power import torture

CUTS = 300


def quietly(done: int) -> None:
    """No progress."""


def test_nothing_promised_is_lost_and_nothing_erased_comes_back() -> None:
    for seed in (1, 2):
        done = torture(CUTS // 2, seed, quietly)
        assert done.faults == []
        assert done.cuts.total() == CUTS // 2
        assert len(done.cuts) == 7


def test_a_disk_that_does_not_keep_what_it_was_told_to_is_found_out() -> None:
    done = torture(CUTS, 1, quietly, syncs=False)
    assert any("neither what was promised" in fault.what for fault in done.faults)


def test_an_act_that_is_acknowledged_before_it_is_done_is_found_out() -> None:
    done = torture(CUTS, 1, quietly, early=True)
    assert any("neither what was promised" in fault.what for fault in done.faults)
