"""Other face software to measure against, each in a process of its own, so that nothing of it gets into this one."""

import json
import os
import selectors
import subprocess
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from kiosk.domain.errors import NotFound
from kiosk.domain.sight import Floats
from kiosk.evaluation.verification import Measure

ANSWER_WITHIN_S = 120.0
WORKER = Path(__file__).with_name("peer_worker.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "GLOG_minloglevel": "3"}


class PeerName(StrEnum):
    """What we can measure against."""

    FACE_RECOGNITION = "face_recognition"
    MEDIAPIPE = "mediapipe"
    HAAR = "haar"


@dataclass(slots=True)
class Peer:
    """One peer, opened and closed by `with`; `python` is the interpreter that has it installed (this one if None).

    Opening raises NotFound when it is not installed there.
    """

    kind: PeerName
    python: Path | None = None
    _process: "subprocess.Popen[str] | None" = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self._process = self._start()
        try:
            self.ask({"open": self.kind.value})
        except NotFound:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; safe to call twice."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def ask(self, request: dict[str, object]) -> dict[str, Any]:
        """The answer to one request. Raises NotFound if the peer can't give one."""
        self.send(request)
        return self.receive()

    def _start(self) -> "subprocess.Popen[str]":
        python = str(self.python or sys.executable)
        try:
            return subprocess.Popen(
                [python, str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                bufsize=1,
                env={**os.environ, **ONE_THREAD},
            )
        except OSError as error:
            raise NotFound(f"{python} can't be started ({error.strerror}); give another Python.") from error

    def send(self, request: dict[str, object]) -> None:
        """Hand over a request; its answer is fetched with `receive`."""
        stream = self._running().stdin
        if stream is None:
            raise self._gone()
        try:
            stream.write(json.dumps(request) + "\n")
        except OSError as error:
            raise self._gone() from error

    def receive(self) -> dict[str, Any]:
        """The answer to the oldest request not yet answered."""
        stream = self._running().stdout
        if stream is None:
            raise self._gone()
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            line = stream.readline() if selector.select(ANSWER_WITHIN_S) else ""
        if not line:
            raise self._gone()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise NotFound(f"{self.kind} can't be measured: {answer['error']}; install it with pip install '.[bench]'.")
        return answer

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None:
            raise self._gone()
        return self._process

    def _gone(self) -> NotFound:
        return NotFound(f"{self.kind} can't be measured: its process ended or no longer answers.")


@dataclass(slots=True)
class PeerRecogniser:
    """A peer as a `Recogniser`: works in its own process while the others work in theirs."""

    peer: Peer
    measure: Measure = Measure.EUCLIDEAN

    @property
    def name(self) -> str:
        """The peer's name."""
        return self.peer.kind.value

    def begin(self, picture: Path) -> None:
        """Start on a picture in the other process."""
        self.peer.send({"vector": str(picture)})

    def vector(self) -> Floats | None:
        """The vector (128,) of the face nearest the centre, None if no face is found."""
        found = self.peer.receive()["vector"]
        return None if found is None else np.array(found, np.float32)
