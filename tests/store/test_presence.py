"""Whether a kiosk runs over a store, as other processes see it."""

import subprocess
import sys
from pathlib import Path

from kiosk.store.presence import Presence, is_running

HOLDS = """
import sys, pathlib
from kiosk.store.presence import Presence
presence = Presence(pathlib.Path(sys.argv[1]))
presence.hold()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_kiosk_that_runs_is_seen_until_it_ends(tmp_path: Path) -> None:
    folder, presence = tmp_path / "store", Presence(tmp_path / "store")
    assert not is_running(folder)
    presence.hold()
    presence.hold()
    assert is_running(folder)
    assert is_running(folder)
    presence.close()
    assert not is_running(folder)


def test_two_that_run_are_seen_until_both_have_ended(tmp_path: Path) -> None:
    one, other = Presence(tmp_path), Presence(tmp_path)
    one.hold()
    other.hold()
    one.close()
    assert is_running(tmp_path)
    other.close()
    assert not is_running(tmp_path)


def test_a_kiosk_that_was_killed_does_not_run(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert is_running(tmp_path)
        other.kill()
    assert not is_running(tmp_path)
