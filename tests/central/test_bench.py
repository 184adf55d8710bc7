"""`kiosk-central bench` measures what it says, however short; how fast is for whoever runs it to see."""

import json
from pathlib import Path

import pytest

from tests.central.test_command import run

pytestmark = pytest.mark.long


def test_every_figure_is_printed_and_nothing_failed_meanwhile(tmp_path: Path) -> None:
    ran = run(tmp_path, "bench", "--seconds", "1", "--people", "300", "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["health_p99_ms_under_load"] > 0 and found["requests_ratio_to_flask"] > 0
    assert found["refused_meanwhile"] > 0, "the queue was full"
    assert found["bulk_state"] == "done" and found["bulk_share_of_workers"] > 0
    assert found["identify_exact"] == "50 of 50"
    for server in ("central", "flask"):
        assert found[server]["failed"] == 0 and found[server]["small_per_second"] > 0
        assert found[server]["compared_per_second"] > 0
