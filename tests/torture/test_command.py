"""`scripts/torture` says what came of it, for people and for machines."""

import json

import pytest

from tests.torture.__main__ import main


def test_the_figures_are_one_json_object(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--power", "--count", "20", "--seed", "3", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["part"], found["ok"], found["cuts"], found["wrong"]) == ("power", True, 20, 0)


def test_without_json_there_are_lines_to_read(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--power", "--count", "10"]) == 0
    assert "cuts: 10" in capfd.readouterr().out
