"""A process that takes commands as lines of JSON and answers each by a line; whoever talks to it waits with a limit."""

import json
import selectors
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.runtime.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
END_S = 30.0


class Died(Exception):
    """The process ended without an answer."""


@dataclass
class Remote:
    """`tell` without waiting, `answer` for what was told first; `ask` is both. What it logs goes into a file."""

    name: str
    log: Path
    process: "subprocess.Popen[bytes]"
    _rest: bytes = field(default=b"", repr=False)

    @staticmethod
    def start(name: str, log: Path, module: str, *arguments: str) -> "Remote":
        """That module as a process of its own."""
        command = [sys.executable, "-m", module, *arguments]
        with log.open("ab") as out:
            pipe = subprocess.PIPE
            process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=out)
        return Remote(name, log, process)

    def tell(self, do: str, **more: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """The next line. Raises Died; fails when it does not come, or says that something went wrong."""
        line = self._line(patience_s)
        said: dict[str, Any] = json.loads(line)
        assert "error" not in said, f"{self.name}: {said['error']}"
        return said

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        self.tell(do, **more)
        return self.answer()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self._end()

    def stop(self) -> int:
        """Tell it that nothing more will come; its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            return self.process.wait(END_S)
        finally:
            self.kill()

    @property
    def rss_kb(self) -> int:
        """How much memory it has now, without what is only mapped from files."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:"))

    def _end(self) -> None:
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _line(self, patience_s: float) -> bytes:
        clock = SystemClock()
        until = clock.monotonic() + patience_s
        out = self.process.stdout
        assert out is not None
        with selectors.DefaultSelector() as ready:
            ready.register(out, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                left = until - clock.monotonic()
                assert left > 0, f"{self.name} did not answer within {patience_s} s"
                if ready.select(left):
                    piece = out.read1(65536)  # type: ignore[attr-defined]
                    if not piece:
                        raise Died(f"{self.name}: {self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
                    self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def pause(seconds: float) -> None:
    """Nothing happens for that long; where chance, not a condition, decides when something is to be killed."""
    SystemClock().wait(threading.Event(), seconds)
