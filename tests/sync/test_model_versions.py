"""Versions of the model on the disk: fetched bit by bit, checked, and there whole or not at all."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.errors import ModelError, ModelUnfit, StoreFull
from kiosk.parts.equipment import equipped
from kiosk.sync.trials import Trials
from kiosk.sync.versions import checked
from kiosk.vision.embedder import open_embedder
from kiosk.vision.golden import golden_chips
from kiosk.wire.pushed import ModelReport
from tests.sync.versions_making import (
    SIGNER,
    a_version,
    another,
    fetched,
    recipe,
    shipped,
    shipped_content,
    versions_in,
)
from tests.vision.making import save_pooling_model

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2025, 3, 1, tzinfo=UTC)


def ran(trials: Trials, version: str, tag: str) -> None:
    trials.run(version, ModelReport(tag=tag, state="running", at_utc=NOW))


def test_a_version_that_was_fetched_embeds_as_its_file_does(tmp_path: Path) -> None:
    versions, sent = versions_in(tmp_path / "models"), a_version("second")
    fetched(versions, sent)
    model = versions.open(sent.id)
    assert model.name == "second"
    chip = golden_chips(model)["face"]
    mine, theirs = (open_embedder(one, 1).embed(chip) for one in (model, shipped()))
    assert mine.model == "second"
    assert np.allclose(mine.vector, theirs.vector)
    assert model.score_table == shipped().score_table
    assert model.gallery_table == shipped().gallery_table


def test_a_download_goes_on_where_it_broke_off_even_in_another_process(tmp_path: Path) -> None:
    sent = a_version()
    first = versions_in(tmp_path).fetching(sent.due, SIGNER)
    assert first is not None
    assert first.have() == 0
    first.take(sent.content[:1000])
    again = versions_in(tmp_path).fetching(sent.due, SIGNER)
    assert again is not None
    assert again.have() == 1000
    assert not again.is_whole
    again.take(sent.content[1000:])
    assert again.is_whole
    again.finish()
    assert versions_in(tmp_path).is_there(sent.id)
    assert versions_in(tmp_path).fetching(sent.due, SIGNER) is None


def test_half_a_file_is_no_version(tmp_path: Path) -> None:
    versions, sent = versions_in(tmp_path), a_version()
    fetching = versions.fetching(sent.due, SIGNER)
    assert fetching is not None
    fetching.take(sent.content[:-1])
    with pytest.raises(ModelError, match="not whole"):
        fetching.finish()
    assert not versions.is_there(sent.id)
    assert fetching.have() == len(sent.content) - 1


def test_another_content_than_was_promised_is_dropped_and_fetched_anew(tmp_path: Path) -> None:
    versions, sent = versions_in(tmp_path), a_version()
    fetching = versions.fetching(sent.due, SIGNER)
    assert fetching is not None
    fetching.take(bytes(len(sent.content)))
    with pytest.raises(ModelError, match="not the one described"):
        fetching.finish()
    assert not versions.is_there(sent.id)
    assert fetching.have() == 0


def test_never_more_bytes_than_were_promised(tmp_path: Path) -> None:
    sent = a_version()
    fetching = versions_in(tmp_path).fetching(sent.due, SIGNER)
    assert fetching is not None
    fetching.take(sent.content)
    with pytest.raises(ModelError, match="more came"):
        fetching.take(b"x")
    assert fetching.have() == 0


@pytest.mark.parametrize("changed", ["signature", "manifest", "tag", "sha256", "size"])
def test_what_central_did_not_sign_is_not_fetched(tmp_path: Path, changed: str) -> None:
    due = a_version().due
    other = {
        "signature": bytes(64),
        "manifest": due.manifest + " ",
        "tag": "third",
        "sha256": "0" * 64,
        "size": due.size + 1,
    }
    with pytest.raises(ModelError):
        versions_in(tmp_path).fetching(due.model_copy(update={changed: other[changed]}), SIGNER)
    assert list(tmp_path.iterdir()) == []


def test_another_server_s_signature_is_not_central_s() -> None:
    with pytest.raises(ModelError, match="not signed by central"):
        checked(a_version().due, bytes(32))


@pytest.mark.parametrize(
    "wrong",
    [
        {"dimension": 64},
        {"recipe": recipe() | {"points": [1, 2, 3]}},
        {"recipe": recipe() | {"points": [1, 2, 3, 4, 9999]}},
        {"recipe": recipe() | {"normalise": "sideways"}},
        {"recipe": "none"},
        {"scores": []},
        {"scores": [[0.1, 0.5], [0.2, 0.6]]},
        {"scores": [[0.1, "NaN"]]},
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused_in_one_sentence(tmp_path: Path, wrong: dict[str, object]) -> None:
    versions, sent = versions_in(tmp_path), a_version(**wrong)
    fetched(versions, sent)
    with pytest.raises(ModelError) as caught:
        versions.open(sent.id)
    assert "\n" not in str(caught.value)


def test_a_file_of_another_shape_than_its_manifest_says_is_refused(tmp_path: Path) -> None:
    save_pooling_model(tmp_path / "pooling.tflite", 150, 50)
    sent = a_version(content=(tmp_path / "pooling.tflite").read_bytes())
    versions = versions_in(tmp_path / "models")
    fetched(versions, sent)
    with pytest.raises(ModelError, match="27 values"):
        versions.open(sent.id)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    versions, sent = versions_in(tmp_path), a_version(content=b"no model at all" * 100)
    fetched(versions, sent)
    with pytest.raises(ModelError):
        versions.open(sent.id)


def test_a_file_that_was_damaged_on_the_disk_is_not_opened(tmp_path: Path) -> None:
    versions, sent = versions_in(tmp_path), a_version()
    fetched(versions, sent)
    with (tmp_path / sent.id / "model.tflite").open("r+b") as file:
        file.seek(1000)
        file.write(b"\0\0\0\0")
    with pytest.raises(ModelUnfit) as caught:
        versions.open(sent.id)
    assert caught.value.reason == "damaged"


def test_the_model_that_came_with_the_kiosk_is_not_fetched_again(tmp_path: Path) -> None:
    assert versions_in(tmp_path).fetching(a_version(content=shipped_content()).due, SIGNER) is None


def test_a_version_that_failed_here_is_not_fetched_again(tmp_path: Path) -> None:
    sent = a_version()
    Trials(tmp_path).fail(sent.id, ModelReport(tag="second", state="failed", reason="slow", at_utc=NOW))
    assert versions_in(tmp_path).fetching(sent.due, SIGNER) is None


def test_with_nothing_before_it_there_are_never_more_than_two_and_the_one_that_runs_stays(tmp_path: Path) -> None:
    versions, trials = versions_in(tmp_path), Trials(tmp_path)
    sent = [a_version(f"v{number}", another(number)) for number in range(4)]
    for one in sent:
        fetched(versions, one)
        assert sum(path.is_dir() for path in tmp_path.iterdir()) <= 2
        if one is sent[1]:
            ran(trials, one.id, one.due.tag)
    assert [versions.is_there(one.id) for one in sent] == [False, True, False, True]


def test_a_version_on_trial_stays_when_another_becomes_due_and_so_do_those_to_go_back_to(tmp_path: Path) -> None:
    versions, trials = versions_in(tmp_path), Trials(tmp_path)
    before, running, tried, due = [a_version(f"v{number}", another(number)) for number in range(4)]
    for one in (before, running):
        fetched(versions, one)
        ran(trials, one.id, one.due.tag)
    fetched(versions, tried)
    trials.attempt(tried.id, tried.due.tag)
    fetched(versions, due)
    assert [versions.is_there(one.id) for one in (before, running, tried, due)] == [True] * 4
    trials.run(tried.id, ModelReport(tag=tried.due.tag, state="running", at_utc=NOW))
    fetched(versions, a_version("v4", another(4)))
    assert [versions.is_there(one.id) for one in (before, running, tried, due)] == [False, True, True, False]


def test_scores_that_were_measured_anew_need_no_other_download(tmp_path: Path) -> None:
    versions, first = versions_in(tmp_path), a_version()
    fetched(versions, first)
    again = a_version(gallery_scores=[[0.5, 0.1], [0.001, 0.9]])
    assert again.id != first.id
    fetching = versions.fetching(again.due, SIGNER)
    assert fetching is not None
    assert fetching.is_whole
    fetching.finish()
    assert versions.open(again.id).gallery_table.strictest == 0.001


def test_what_is_due_is_known_after_a_restart(tmp_path: Path) -> None:
    assert versions_in(tmp_path).due() is None
    versions_in(tmp_path).note(a_version().due)
    assert versions_in(tmp_path).due() == a_version().due


def test_a_full_disk_is_said_in_one_sentence_before_anything_is_written(tmp_path: Path) -> None:
    sent = a_version()
    fetching = replace(versions_in(tmp_path), free=lambda _folder: 1000).fetching(sent.due, SIGNER)
    assert fetching is not None
    with pytest.raises(StoreFull, match="disk is full"):
        fetching.take(sent.content[:10])
    assert fetching.have() == 0


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kiosk.sync.trials import Trials
from kiosk.wire.pushed import ModelReport
from tests.sync.versions_making import a_version, another, fetched, versions_in
folder = Path(sys.argv[1])
versions, trials = versions_in(folder), Trials(folder)
sents = [a_version(f"v{number}", another(number)) for number in range(3)]
trials.begin(datetime.now(UTC))
print("ready", flush=True)
while True:
    for sent in sents:
        fetched(versions, sent)
        if versions.is_there(sent.id):
            trials.attempt(sent.id, sent.due.tag)
            trials.run(sent.id, ModelReport(tag=sent.due.tag, state="running", at_utc=datetime.now(UTC)))
"""


def test_a_process_that_is_killed_anywhere_leaves_a_model_that_works(tmp_path: Path) -> None:
    folder, chance = tmp_path / "models", np.random.default_rng(3)
    model, chip = shipped(), golden_chips(shipped())["face"]
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ}
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(float(chance.uniform(0.01, 0.5)))
            child.send_signal(signal.SIGKILL)
        versions, state = versions_in(folder), Trials(folder).state()
        chosen = equipped(versions, state, model)
        assert chosen.version == state.running  # what is said to run is there whole
        assert open_embedder(chosen.model, 1).embed(chip).vector.shape == (128,)


def test_a_place_that_a_power_cut_left_without_its_file_is_no_hindrance(tmp_path: Path) -> None:
    versions, sent = versions_in(tmp_path), a_version()
    fetched(versions, sent)
    (tmp_path / sent.id).rename(tmp_path / f"{sent.id}.new")
    (tmp_path / f"{sent.id}.new" / "model.tflite").unlink()
    assert fetched(versions, sent) is not None
    assert versions.is_there(sent.id)
