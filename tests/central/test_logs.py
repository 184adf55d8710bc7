"""The log of central: what libraries say of a defect, without what it was about."""

import asyncio
import gc
import io
import logging

from kiosk.central.logs import Lines


def test_what_asyncio_writes_of_a_task_that_failed_unseen_names_nobody() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines())

    async def fails() -> None:
        raise ValueError("Ada Lovelace")

    async def work() -> None:
        await asyncio.wait({asyncio.create_task(fails())})
        gc.collect()

    logging.getLogger("asyncio").addHandler(handler)
    try:
        asyncio.run(work())
    finally:
        logging.getLogger("asyncio").removeHandler(handler)
    said = out.getvalue()
    assert said.startswith("ERROR asyncio Task exception was never retrieved\n  ")
    assert "test_logs.py" in said and " fails\n  ValueError" in said and "Ada" not in said
