"""What a confined process still can: run by a test, as `python -m`, with a port that listens."""

import json
import os
import socket
import sys
import tempfile

from kiosk.central.models.sandbox import Limits, confine

LIMITS = Limits(memory_mb=500, processor_s=2)


def reaches(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def opens_files(count: int) -> bool:
    try:
        opened = [open("/dev/null") for _ in range(count)]  # noqa: SIM115
    except OSError:
        return False
    return len(opened) == count


def writes(size: int) -> bool:
    with tempfile.TemporaryFile() as file:
        try:
            return file.write(bytes(size)) == size and not file.flush()
        except OSError:
            return False


def takes(size: int) -> bool:
    try:
        return len(bytes(size)) == size
    except MemoryError:
        return False


def main() -> None:
    port = int(sys.argv[1])
    before = reaches(port)
    is_offline = confine(LIMITS)
    if sys.argv[2:] == ["spin"]:
        while True:
            pass
    found = {
        "before": before,
        "offline": is_offline,
        "reaches": reaches(port),
        "files": opens_files(200),
        "disk": writes(3_000_000),
        "memory": takes(900_000_000),
        "environment": sorted(os.environ),
        "small": takes(1_000_000) and writes(1000),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
