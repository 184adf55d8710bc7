"""Doing the jobs that a test asked for, in a loop of its own as a worker in a process of its own does."""

import asyncio
from typing import Any

from httpx import Response

from kiosk.central.jobs.worker import run_jobs
from kiosk.central.opening import Foundation
from tests.central.making import CHEAP, Running


def work(central: Running) -> None:
    """What a worker does, in a loop of its own as in a process of its own."""
    asyncio.run(run_jobs(Foundation(central.settings, central.clock, CHEAP)))


def ended(central: Running, answer: Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    work(central)
    job: dict[str, Any] = central.admin("GET", f"/v1/jobs/{answer.json()['id']}").json()
    return job
