"""What a web process runs: the settings of the environment, made into the application."""

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
    return create_app(Foundation.usual(load_settings(Path(config) if config else None, os.environ)))
