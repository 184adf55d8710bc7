"""The pool of workers: a bounded queue in front of processes that are replaced when they die or take too long."""

import asyncio
import contextlib
import logging
import pickle
import struct
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.central.apart import apart
from kiosk.central.clock import Clock
from kiosk.central.errors import Unavailable, WorkerLost
from kiosk.central.inference.tasks import Answer, Embedded, EmbedTask, Found, Task, Useless
from kiosk.central.metrics import Metrics

log = logging.getLogger(__name__)

LENGTH = struct.Struct("<I")
ANSWER_MOST = 50_000_000
START_S = 60.0
AGAIN_S = 1.0
FULL = "Too many photographs are waiting; try again in a moment."
LOST = "The process that looked at this photograph stopped; try another photograph."


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """How many workers, how many tasks may wait for one, and how long one may take."""

    workers: int
    waiting: int
    limit_s: float
    models: Path


@dataclass(slots=True)
class _Job:
    task: Task
    done: "asyncio.Future[Answer]"
    asked_at: float


@dataclass(slots=True)
class _Worker:
    """One process and its pipes. `model` is the name of the model that it answers with."""

    process: asyncio.subprocess.Process
    tasks: asyncio.StreamWriter
    answers: asyncio.StreamReader
    model: str = ""

    async def ask(self, task: Task) -> Answer:
        """Its answer. Raises EOFError, ConnectionError when it dies."""
        content = pickle.dumps(task, protocol=5)
        self.tasks.write(LENGTH.pack(len(content)) + content)
        await self.tasks.drain()
        answer = await self.received()
        if not isinstance(answer, Found | Embedded | Useless):
            raise EOFError
        return answer

    async def received(self) -> object:
        """The next thing it says."""
        (length,) = LENGTH.unpack(await self.answers.readexactly(LENGTH.size))
        if length > ANSWER_MOST:
            raise EOFError
        return pickle.loads(await self.answers.readexactly(length))

    async def end(self) -> None:
        """It stops, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@dataclass(slots=True)
class Pool:
    """Owns the worker processes; belongs to one event loop. Started before use or by the first task; `close` after."""

    options: PoolOptions
    metrics: Metrics
    clock: Clock
    _queue: "asyncio.Queue[_Job]" = field(init=False)
    _servers: "list[asyncio.Task[None]]" = field(default_factory=list)
    _alive: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._queue = asyncio.Queue(self.options.waiting)

    def start(self) -> None:
        """Start every worker, unless that was done; they are ready a second or so later."""
        self._servers = self._servers or [asyncio.create_task(self._serve()) for _ in range(self.options.workers)]

    async def close(self) -> None:
        """Stop every worker; whatever waits is told that nobody comes."""
        for server in self._servers:
            server.cancel()
        await asyncio.gather(*self._servers, return_exceptions=True)
        while not self._queue.empty():
            job = self._queue.get_nowait()
            if not job.done.done():
                job.done.set_exception(Unavailable("The server is being stopped."))

    @property
    def alive(self) -> frozenset[int]:
        """Process ids of the workers that are ready."""
        return frozenset(self._alive)

    @property
    def waiting(self) -> int:
        """How many tasks wait for a worker."""
        return self._queue.qsize()

    def check_room(self) -> None:
        """Raises Unavailable while the queue is full; asked before a body is read, so that saying no costs little."""
        if self._queue.full():
            self.metrics.failures.labels("queue-full").inc()
            raise Unavailable(FULL)

    async def run(self, task: Task) -> Answer:
        """A worker's answer. Raises Unavailable when too many wait, WorkerLost when the worker died of it.

        Cancelled while it waits, it is never begun.
        """
        self.start()
        job = _Job(task, asyncio.get_running_loop().create_future(), self.clock.monotonic())
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull as error:
            self.metrics.failures.labels("queue-full").inc()
            raise Unavailable(FULL) from error
        self.metrics.waiting.set(self._queue.qsize())
        return await job.done

    async def embed(self, picture: bytes, *, with_chip: bool = False, with_mesh: bool = False) -> Embedded | Useless:
        """The one face of a photograph, or why it is of no use. Raises Unavailable, WorkerLost."""
        answer = await self.run(EmbedTask(picture, with_chip, with_mesh))
        if isinstance(answer, Found):
            raise WorkerLost(LOST)
        return answer

    async def _serve(self) -> None:
        """One worker after another, each until it dies."""
        while True:
            worker = await self._started()
            if worker is None:
                await asyncio.sleep(AGAIN_S)
                continue
            self._alive.add(worker.process.pid)
            self.metrics.workers.set(len(self._alive))
            try:
                await self._work(worker)
            finally:
                self._alive.discard(worker.process.pid)
                self.metrics.workers.set(len(self._alive))
                await worker.end()

    async def _started(self) -> _Worker | None:
        """A worker that has its models; None where it could not get them."""
        command = apart("kiosk.central.inference.worker", str(self.options.models))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        if process.stdin is None or process.stdout is None:
            raise WorkerLost(LOST)
        worker = _Worker(process, process.stdin, process.stdout)
        try:
            async with asyncio.timeout(START_S):
                worker.model = str(await worker.received())
        except (EOFError, ConnectionError, TimeoutError):
            log.warning("a worker did not start; it is tried again")
            await worker.end()
            return None
        except asyncio.CancelledError:
            await worker.end()
            raise
        return worker

    async def _work(self, worker: _Worker) -> None:
        """Task after task, until the worker dies, at work or idle."""
        died = asyncio.create_task(worker.process.wait())
        try:
            while not died.done():
                job = await self._next(died)
                if job is not None and not await self._done(worker, job):
                    return
        finally:
            died.cancel()

    async def _next(self, died: "asyncio.Task[int]") -> _Job | None:
        """The next task that somebody still waits for; None when the worker died before there was one."""
        coming = asyncio.create_task(self._queue.get())
        try:
            await asyncio.wait({coming, died}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            coming.cancel()
            raise
        if not coming.done():
            coming.cancel()
            return None
        self.metrics.waiting.set(self._queue.qsize())
        job = coming.result()
        return None if job.done.done() else job

    async def _done(self, worker: _Worker, job: _Job) -> bool:
        """Whether the worker lives on after that task."""
        began = self.clock.monotonic()
        self.metrics.queue_s.observe(began - job.asked_at)
        try:
            async with asyncio.timeout(self.options.limit_s):
                answer = await worker.ask(job.task)
        except (EOFError, ConnectionError, TimeoutError):
            self.metrics.failures.labels("worker-lost").inc()
            log.warning("a worker was lost at a task; another one is started")
            if not job.done.done():
                job.done.set_exception(WorkerLost(LOST))
            return False
        except asyncio.CancelledError:
            if not job.done.done():
                job.done.set_exception(Unavailable("The server is being stopped."))
            raise
        self.metrics.work_s.observe(self.clock.monotonic() - began)
        if isinstance(answer, Useless):
            self.metrics.failures.labels(answer.reason.value).inc()
        if not job.done.done():
            job.done.set_result(answer)
        return True
