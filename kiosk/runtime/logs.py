"""The log: one line a change. JSON for a service's journal, plain text on a terminal; ids and codes, never a name."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from kiosk.domain.defects import places

FACTS = "facts"


class JsonLines(logging.Formatter):
    """Each record as one JSON object: time, level, part (the thread), where, message, and the record's facts."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.threadName,
            "where": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, FACTS, {})
        if record.exc_info and record.exc_info[1] is not None:
            line["defect"] = places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and for a defect one more a place that it went through."""
        facts = "".join(f" {key}={value}" for key, value in getattr(record, FACTS, {}).items())
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        line = f"{at:%H:%M:%S} {record.levelname.lower():<7} {record.getMessage()}{facts}"
        if record.exc_info and record.exc_info[1] is not None:
            line += "".join(f"\n  {place}" for place in places(record.exc_info[1]))
        return line


def start_logging(out: TextIO) -> None:
    """From now on the kiosk's own loggers write to `out`: plain where that is a terminal, else JSON."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(PlainLines() if out.isatty() else JsonLines())
    kiosk = logging.getLogger("kiosk")
    kiosk.handlers[:] = [handler]
    kiosk.setLevel(logging.INFO)
    kiosk.propagate = False


@contextmanager
def everything_logged(path: Path) -> Iterator[None]:
    """While inside, whatever any library logs, at the finest level, goes into that file as JSON lines."""
    root, before = logging.getLogger(), logging.getLogger().level
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


def facts(**values: str | float | None) -> dict[str, dict[str, str | float | None]]:
    """Ids, codes and numbers for a log line: `log.info("…", extra=facts(reason=…))`."""
    return {FACTS: {key: value for key, value in values.items() if value is not None}}
