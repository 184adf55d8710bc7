"""What is usually built: a Flask app that looks at photographs within its requests. For comparison in `bench` alone."""

import os
import sqlite3
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request

from kiosk.central.bench.servers import DATABASE
from kiosk.vision import Options, Pipeline, open_vision
from kiosk.vision.manifest import installed_models
from kiosk.vision.reading import load_image_bytes

THRESHOLD = 0.94


def create() -> Flask:
    """The app, with the same models and a table of people of its own."""
    app = Flask("rival")
    eyes = open_vision(installed_models(), Options(threads=1))
    database = Path(os.environ[DATABASE])

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="alive")

    @app.get("/v1/people/<person>")
    def read(person: str) -> Response:
        with sqlite3.connect(database) as connection:
            row = connection.execute("SELECT id, name, host FROM people WHERE id = ?", [person]).fetchone()
        if row is None:
            abort(404)
        return jsonify(id=row[0], name=row[1], host=row[2])

    @app.post("/v1/faces/compare")
    def compare() -> Response:
        similarity = _compared(eyes, request.files["a"].read(), request.files["b"].read())
        return jsonify(same=similarity >= THRESHOLD, similarity=similarity)

    return app


def _compared(eyes: Pipeline, a: bytes, b: bytes) -> float:
    one, other = (eyes.embed_photo(load_image_bytes(content, "The picture"))[1] for content in (a, b))
    return one.similarity(other)
