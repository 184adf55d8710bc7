"""The command line of the model builder: fetch, rebuild, quantise, and check what is committed."""

import argparse
import json
import logging
import os
import sys
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # its convolutions round otherwise; before TensorFlow is imported
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from models.build import manifest, recipes  # noqa: E402
from models.build.calibration import DEFAULT_FACES  # noqa: E402
from models.build.check import Extent, missed_bars, run_checks  # noqa: E402
from models.build.fetch import DEFAULT_CACHE  # noqa: E402

log = logging.getLogger("models.build")

_FOLDER = Path(__file__).resolve().parents[1]
_ALL = ("detector", "landmarks", "embedding")


def main(arguments: list[str] | None = None) -> int:
    """Runs one subcommand; 0 when done, 1 when `check` misses a bar."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    places = recipes.Places(options.cache, options.faces)
    if options.command == "check":
        figures = run_checks(options.out, places, Extent(options.every))
        missed = missed_bars(figures)
        print(json.dumps({**figures, "missed": missed}, indent=2))
        return 1 if missed else 0
    _build(_ALL if options.command == "all" else (options.command,), options.out, places)
    return 0


def _build(models: tuple[str, ...], out: Path, places: recipes.Places) -> None:
    before = {path.name: path.read_bytes() for path in out.glob("*.tflite")}
    heads = manifest.read_heads(out / manifest.FILE)
    if "detector" in models:
        content, heads = recipes.detector(places)
        (out / manifest.DETECTOR_FILE).write_bytes(content)
    if "landmarks" in models:
        (out / manifest.MESH_FILE).write_bytes(recipes.landmarks(places))
    if "embedding" in models:
        (out / manifest.EMBEDDING_FILE).write_bytes(recipes.embedding(places))
    manifest.write_manifest(out, heads)
    for path in sorted(out.glob("*.tflite")):
        same = before.get(path.name) == path.read_bytes()
        log.info("%s: %d bytes, %s", path.name, path.stat().st_size, "as before" if same else "new")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.build", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("all", "build every model and the manifest"),
        ("detector", "build the int8 face detector"),
        ("landmarks", "build the face mesh"),
        ("embedding", "build the int8 embedding"),
        ("check", "measure the models in --out against the originals, on people that nothing was calibrated on"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="downloads (default %(default)s)")
        command.add_argument("--faces", type=Path, default=DEFAULT_FACES, help="folder of PERSON/*.jpg")
        command.add_argument("--out", type=Path, default=_FOLDER, help="folder of models and manifest")
        if name == "check":
            command.add_argument("--every", type=int, default=1, help="measure on every n-th picture only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
