"""Model files in the making: the committed one, changed in the ways that tests need."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from httpx import Response

from tests.central.making import Running


def equal(content: bytes, number: int) -> bytes:
    """Another file that is the same model: what follows a flatbuffer's end means nothing."""
    return content + number.to_bytes(4, "little")


def worse(content: bytes, share: float = 0.005) -> bytes:
    """The same model with some of its weights set by chance; the head and the tail of the file are left alone."""
    values = np.frombuffer(content, np.uint8).copy()
    chance = np.random.default_rng(7)
    middle = slice(len(values) // 10, len(values) * 9 // 10)
    chosen = np.arange(middle.start, middle.stop)[chance.random(middle.stop - middle.start) < share]
    values[chosen] = chance.integers(0, 256, len(chosen), dtype=np.uint8)
    return values.tobytes()


def embedding_file(models: Path) -> bytes:
    return (models / "dlib_resnet29_int8.tflite").read_bytes()


def uploaded(central: Running, content: bytes, version: str, **card: Any) -> Response:
    said = {"name": "another", "version": version, "licence": "CC0-1.0"} | card
    files = {"model": ("m.tflite", content)}
    return central.admin("POST", "/v1/models", files=files, data={"card": json.dumps(said)})


def added(central: Running, content: bytes, version: str, **card: Any) -> dict[str, Any]:
    answer = uploaded(central, content, version, **card)
    assert answer.status_code == 201, answer.text
    model: dict[str, Any] = answer.json()
    return model


def champion(central: Running) -> dict[str, Any]:
    model: dict[str, Any] = central.admin("GET", "/v1/models/production").json()["model"]
    return model
