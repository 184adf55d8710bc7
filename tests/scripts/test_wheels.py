"""Everything that a kiosk or central installs is there as a wheel for a Pi's processor, or is pure Python."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
PINNED = ("run", "central")
# Raspberry Pi OS: Python, and the C library that its wheels may ask for.
SYSTEMS = {"bookworm": ("3.11", 36), "trixie": ("3.13", 41)}


def pinned(name: str) -> Iterator[str]:
    """One requirement with its hashes a line."""
    joined = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    return (line for line in joined.splitlines() if line and not line.lstrip().startswith("#"))


def wanted_on(python: str, name: str = "run") -> list[str]:
    """What pip would install there: without what is pinned for another Python or processor."""
    there = dict(default_environment()) | {
        "platform_machine": "aarch64",
        "sys_platform": "linux",
        "python_version": python,
        "python_full_version": f"{python}.2",
    }
    kept = []
    for line in pinned(name):
        requirement = Requirement(line.split("--hash")[0])
        if requirement.marker is None or requirement.marker.evaluate(there):
            hashes = " ".join(part for part in line.split() if part.startswith("--hash"))
            kept.append(f"{requirement.name}{requirement.specifier} {hashes}")
    return kept


def resolved(python: str, libc: int, requirements: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--report", "-", "--ignore-installed"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--target", str(requirements.parent / "there")]
    command += ["--implementation", "cp", "--python-version", python, "--requirement", str(requirements)]
    for abi in (f"cp{python.replace('.', '')}", "abi3", "none"):
        command += ["--abi", abi]
    for platform in ("manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in range(17, libc + 1))):
        command += ["--platform", platform]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_pins_differ_by_python_and_processor_as_the_markers_say() -> None:
    old, new = (wanted_on(python) for python, _ in SYSTEMS.values())
    assert {line.split()[0] for line in old} != {line.split()[0] for line in new}
    assert any(line.startswith("simplejpeg") for line in old), "the Pi camera's package is pinned for the Pi"
    assert all("--hash=sha256:" in line for line in (*old, *new))


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_pinned_package_has_a_wheel_for_the_pi(system: str, name: str, tmp_path: Path) -> None:
    python, libc = SYSTEMS[system]
    requirements = tmp_path / "there.txt"
    lines = wanted_on(python, name)
    requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = resolved(python, libc, requirements)
    if ran.returncode and "No matching distribution" not in ran.stderr:
        missing(f"needs the package index: {ran.stderr.strip().splitlines()[-1][:120]}")
    assert ran.returncode == 0, ran.stderr
    files = [entry["download_info"]["url"].rsplit("/", 1)[-1] for entry in json.loads(ran.stdout)["install"]]
    assert len(files) == len(lines)
    assert all(file.endswith(("-none-any.whl", "aarch64.whl")) for file in files), files
