"""Pictures of every kind, and the source of the real picamera2."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.needs import missing

# The oldest release that has all we call, and the newest one that was checked.
PICAMERA2_WHEELS = {
    "0.3.25": "5d8a5357b9e91890fb589976f9fd9759b3424c6b053a13541d08fccf1966cd58",
    "0.3.38": "ecf34dfb6c987d2c0948debeb3762a27755d5befc674fe210c3fd2ad8e3cd6cc",
}


@pytest.fixture(params=sorted(PICAMERA2_WHEELS))
def picamera2_source(request: pytest.FixtureRequest) -> Path:
    """The unpacked source of picamera2, from its wheel on PyPI, pinned by hash; fetched once, then cached."""
    version: str = request.param
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("picamera2") / version
    if not (folder / "picamera2").is_dir():
        _fetch(version, folder)
    return folder / "picamera2"


def _fetch(version: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pin = folder / "pin.txt"
    pin.write_text(f"picamera2=={version} --hash=sha256:{PICAMERA2_WHEELS[version]}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    got = subprocess.run([*pip, "-r", str(pin), "-d", str(folder)], capture_output=True, text=True, check=False)
    if got.returncode and "hash" in got.stderr.lower():
        pytest.fail(f"picamera2 {version} is not the file that was pinned: {got.stderr}")
    if got.returncode:
        missing(f"picamera2 {version} can't be fetched from the package index: {got.stderr.strip()[-200:]}")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
