"""The log: JSON for a journal, plain for people, and of a defect only where it was."""

import io
import json
import logging

import pytest

from kiosk.runtime.logs import facts, start_logging

log = logging.getLogger("kiosk.tested")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_service_logs_one_json_object_a_line() -> None:
    out = io.StringIO()
    start_logging(out)
    log.info("decided", extra=facts(outcome="unknown", latency_ms=61.5, person=None))
    log.debug("not worth a line")
    (line,) = [json.loads(text) for text in out.getvalue().splitlines()]
    assert line["message"] == "decided" and line["level"] == "info" and line["part"] == "MainThread"
    assert line["outcome"] == "unknown" and line["latency_ms"] == 61.5 and "person" not in line
    assert line["time"].endswith("+00:00")


def test_a_terminal_gets_plain_lines() -> None:
    out = Terminal()
    start_logging(out)
    log.warning("the camera is gone", extra=facts(part="camera"))
    assert out.getvalue().rstrip().endswith("warning the camera is gone part=camera")


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["service", "terminal"])
def test_a_defect_says_where_it_was_and_not_what_it_was_about(out: io.StringIO) -> None:
    start_logging(out)
    try:
        int("Ada Lovelace")
    except ValueError as error:
        log.exception("vision failed through a defect", exc_info=error)
    said = out.getvalue()
    assert "test_logs.py" in said and "ValueError" in said
    assert "Ada" not in said
