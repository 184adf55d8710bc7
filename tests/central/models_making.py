"""Model files in the making: the committed one, changed in the ways that tests need."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from httpx import Response

from kiosk.central.audit.service import SYSTEM
from kiosk.central.models.tables import EvaluationRow
from kiosk.domain.ids import new_id
from tests.central.making import Running
from tests.central.working import ended


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


def labelled_zip(lfw: Path, people: int, skip: int = 0) -> bytes:
    """A set of so many people of whom there are several pictures."""
    known = sorted(folder for folder in lfw.iterdir() if len(list(folder.iterdir())) > 2)[skip : skip + people]
    return zipped({f"{one.name}/{path.name}": path.read_bytes() for one in known for path in sorted(one.iterdir())[:4]})


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def given_figures(central: Running, model: str, strictest: float = 1e-6) -> None:
    """As if it had been measured on a set with so many people that it tells strangers apart down to that rate."""
    now = central.clock.utc()
    rates = [10.0**-decade for decade in range(1, 12) if 10.0**-decade >= strictest * 0.99]
    scores = [(rate, 0.5 + 0.05 * number) for number, rate in enumerate(rates)]
    row = EvaluationRow(id=new_id(now), model=model, set_digest="by hand", people=1000, pictures=4000, faceless=0)
    row.genuine, row.impostors, row.fmr, row.fnmr, row.low, row.high = 6000, round(10 / strictest), 1e-3, 0.0, 0.0, 0.01
    row.curve, row.scores, row.at_utc, row.done_by = "[]", json.dumps(scores), now, SYSTEM

    async def work() -> None:
        async with central.house.database.writing() as session:
            session.add(row)

    central.run(work)


def asked_to_measure(central: Running, model: str, archive: bytes) -> Response:
    return central.admin("POST", f"/v1/models/{model}/evaluate", files={"set": ("set.zip", archive)})


def measured(central: Running, model: str, archive: bytes) -> dict[str, Any]:
    """What came of measuring it: the job that did it."""
    return ended(central, asked_to_measure(central, model, archive))
