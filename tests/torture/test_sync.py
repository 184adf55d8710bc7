"""Kiosks and central agree, whatever the network did: generated histories, each repeated by its seed."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.torture.sync import play, shrunk, workshop
from tests.torture.sync_mutants import found_out
from tests.torture.sync_plan import MOST, Act, Plan, Verb, drawn, written
from tests.torture.sync_server import Server, server_in

SEEDS = (*range(1, 197), 6476, 7304, 8385, 9725)  # the last four were wrong once
EXAMPLES = 40


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with workshop() as folder:
        yield folder


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    with server_in(place / "central") as running:
        yield running


def test_after_every_history_all_agree_once_the_network_is_good(server: Server, place: Path) -> None:
    outcomes = [play(server, drawn(seed), place) for seed in SEEDS]
    again = "scripts/torture --sync --count 1 --seed"
    wrong = [f"{again} {one.seed}: {one.wrong}" for one in outcomes if one.wrong]
    assert not wrong, "\n".join(wrong)
    assert sum(one.replays for one in outcomes) > 0
    assert sum(one.erased for one in outcomes) > len(outcomes) / 4
    assert sum(len(one.faults) for one in outcomes) > len(outcomes)


def test_what_somebody_thought_of_ends_well(server: Server, place: Path) -> None:
    outcomes = [play(server, plan, place) for plan in written()]
    assert [one.wrong for one in outcomes] == [""] * len(outcomes)


def test_the_same_holds_over_real_sockets(tmp_path: Path) -> None:
    with server_in(tmp_path / "central", sockets=True) as there:
        outcomes = [play(there, drawn(seed), tmp_path) for seed in (1, 2, 3)]
    assert [one.wrong for one in outcomes] == [""] * 3
    assert sum(one.requests for one in outcomes) > 0


acts = st.builds(
    Act, st.sampled_from(list(Verb)), st.integers(0, MOST), st.integers(0, MOST), st.floats(0, 1, exclude_max=True)
)
plans = st.builds(
    lambda seed, kiosks, sites, rest: Plan(seed, kiosks, sites, (*(Act(Verb.PAIR, k) for k in range(kiosks)), *rest)),
    st.integers(0, MOST),
    st.integers(1, 3),
    st.integers(1, 2),
    st.lists(acts, max_size=25),
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(plans)
def test_no_shortest_history_goes_wrong(server: Server, place: Path, plan: Plan) -> None:
    outcome = play(server, plan, place)
    assert not outcome.wrong, outcome.wrong


@pytest.mark.parametrize("name", ["log not emptied", "a page loses a change"])
def test_what_is_wrong_on_purpose_is_found_out(name: str) -> None:
    which, wrong = found_out(name)
    assert which, wrong


def test_the_same_seed_is_the_same_history() -> None:
    assert drawn(5) == drawn(5) != drawn(6)


def test_a_history_that_goes_wrong_is_made_short() -> None:
    plan = drawn(3)
    dice = random.Random(1)
    bad = dice.choice(plan.acts)
    short = shrunk(plan, lambda one: "wrong" if bad in one.acts else "")
    assert short.acts == (bad,)
