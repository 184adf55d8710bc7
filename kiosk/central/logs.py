"""The log of central's processes, on stderr: a line a record, and of a defect only where it was."""

import logging
import sys

from kiosk.domain.defects import places


class Lines(logging.Formatter):
    """Libraries log exceptions whole, and a database quotes in them the row that it refuses: names of people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and for a defect one more for each place that it went through."""
        line = f"{record.levelname} {record.name} {record.getMessage()}"
        if not record.exc_info or record.exc_info[1] is None:
            return line
        said = line.partition("\n")[0]  # below it asyncio writes out the task, with the exception that it ended by
        return "\n  ".join([said, *places(record.exc_info[1])])


def start_logging() -> None:
    """From now on this process logs so; web processes that another one started begin with no log of their own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
