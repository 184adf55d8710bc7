"""What a process can do in which an unknown model runs: compute, and say a little."""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.central.errors import Unusable
from kiosk.central.models.messages import Recipe
from kiosk.central.models.recipes import recipe_of
from kiosk.central.models.sandbox import ended, started
from kiosk.central.models.trying import tried
from kiosk.vision.manifest import load_manifest

PROBE = "tests.central.confined_probe"


@pytest.fixture
def port() -> Iterator[int]:
    """Where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        yield number


async def said(*arguments: str) -> tuple[bytes, int]:
    process = await started(PROBE, *arguments)
    try:
        async with asyncio.timeout(30):
            out, _ = await process.communicate()
            return out, process.returncode or 0
    finally:
        await ended(process)


def may_make_networks() -> bool:
    """Whether this machine lets a process have a network of its own, as another program sees it."""
    tried = subprocess.run(["unshare", "--user", "--net", "--ipc", "true"], capture_output=True, check=False)
    return tried.returncode == 0


def test_it_has_little_of_everything_and_nothing_of_ours(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CENTRAL_DATABASE_URL", "postgresql://user:hunter2@host/name")
    out, _ = asyncio.run(said(str(port)))
    found: dict[str, Any] = json.loads(out)
    assert found["before"] and found["small"]
    assert not (found["files"] or found["disk"] or found["memory"])
    assert not any(name.startswith("KIOSK") or name in ("HOME", "PATH", "USER") for name in found["environment"])
    assert found["offline"] == may_make_networks()
    assert found["reaches"] is not found["offline"]


def test_it_does_not_compute_for_ever(port: int) -> None:
    _, code = asyncio.run(said(str(port), "spin"))
    assert code < 0


def test_a_model_that_takes_too_long_is_refused_and_its_process_ended(models_folder: Path) -> None:
    model = load_manifest(models_folder).embedding
    before = children()
    with pytest.raises(Unusable) as refused:
        asyncio.run(tried(model.source.path, recipe_of(model), 0.05))
    assert refused.value.reason == "hangs" and children() == before


def test_a_trial_that_dies_is_a_refusal(models_folder: Path) -> None:
    with pytest.raises(Unusable) as refused:
        asyncio.run(tried(load_manifest(models_folder).embedding.source.path, Recipe.model_construct(), 30))
    assert refused.value.reason == "crashed"


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="utf-8").split())
