"""Having a model file tried out in a process of its own, and believing nothing that it says beyond a few figures."""

import asyncio
import contextlib
from pathlib import Path

from pydantic import ValidationError

from kiosk.central.errors import Unusable
from kiosk.central.models.checking import Fault, Findings
from kiosk.central.models.messages import Recipe
from kiosk.central.models.sandbox import ended, started

MODULE = "kiosk.central.models.trial"
ANSWER_MOST = 10_000
SENTENCES = {
    Fault.NOT_A_MODEL: "That is not a TFLite model with one input that this server can run.",
    Fault.WRONG_INPUT: "The model must take an RGB picture of 16 to 512 pixels a side, as int8, uint8 or float.",
    Fault.WRONG_OUTPUT: "The model must give one vector of 16 to 4096 values a picture.",
    Fault.NOT_FINITE: "The model gave a vector that is all zero or not finite; it can't be compared with anything.",
    Fault.NOT_DETERMINISTIC: "The model gave two answers for one picture; nobody would be recognised by it.",
    Fault.BLIND: "The model gave the same vector for different pictures; everybody would be everybody.",
}


async def tried(path: Path, recipe: Recipe, limit_s: float) -> Findings:
    """What the file takes and gives. Raises Unusable for one that is of no use, crashes, hangs or talks nonsense."""
    process = await started(MODULE, str(path))
    try:
        async with asyncio.timeout(limit_s):
            answer, code = await _answer(process, recipe)
    except TimeoutError as error:
        raise Unusable(
            f"The model was not tried out within {limit_s:g} s; it hangs or is far too slow.", "hangs"
        ) from error
    finally:
        await ended(process)
    if code != 0:
        raise Unusable(
            "The process that tried the model out died of it; the file is damaged, or not for us.", "crashed"
        )
    try:
        findings = Findings.model_validate_json(answer)
    except ValidationError as error:
        raise Unusable("The trial of the model gave no sense; the file is not for us.", "crashed") from error
    if findings.fault is not None:
        raise Unusable(SENTENCES[findings.fault], findings.fault.value)
    return findings


async def _answer(process: asyncio.subprocess.Process, recipe: Recipe) -> tuple[bytes, int]:
    """All that it says, and how it ended; what says too much is stopped."""
    if process.stdin is None or process.stdout is None:
        raise Unusable("The trial could not be started; try again.", "crashed")
    with contextlib.suppress(ConnectionError):
        process.stdin.write(recipe.model_dump_json().encode())
        await process.stdin.drain()
        process.stdin.close()
    answer = b""
    while chunk := await process.stdout.read(ANSWER_MOST):
        answer += chunk
        if len(answer) > ANSWER_MOST:
            raise Unusable("The trial of the model gave no sense; the file is not for us.", "crashed")
    return answer, await process.wait()
