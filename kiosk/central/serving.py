"""What a web process runs: the settings of the environment, made into the application."""

import gc
import os
from pathlib import Path

from fastapi import FastAPI

from kiosk.central.app import create_app
from kiosk.central.logs import start_logging
from kiosk.central.opening import Foundation
from kiosk.central.settings import CONFIG, load_settings


def app() -> FastAPI:
    """The application, for uvicorn."""
    start_logging()
    config = os.environ.get(CONFIG)
    made = create_app(Foundation.usual(load_settings(Path(config) if config else None, os.environ)))
    gc.freeze()  # it stays, as all modules do: see __main__.py, which the children of several web processes begin with
    gc.enable()
    return made
