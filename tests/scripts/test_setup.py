"""The shell library that every script shares, in a copy of its own, on machines made of stand-in commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = ("bash", "cat", "cut", "dirname", "env", "flock", "printf", "sha256sum")
RECORDING = 'echo "$(basename "$0") $*" >>"$RECORD"\n'


class Machine:
    """A checkout and a PATH that holds only what is put there; `record` lists the calls of the stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.bin = folder / "bin"
        self.record = folder / "record"
        for part in ("scripts", "requirements"):
            (self.checkout / part).mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "setup", self.checkout / "scripts")
        (self.checkout / "requirements" / "run.txt").write_text("click==8.1\n")
        (self.checkout / "pyproject.toml").write_text("")
        self.bin.mkdir()
        for name in PLAIN:
            if found := shutil.which(name):
                (self.bin / name).symlink_to(found)
        self.has("id", "echo 1000")
        self.has("basename", 'echo "${1##*/}"')

    def has(self, name: str, script: str = "", *, folder: Path | None = None) -> None:
        """Put a stand-in on the PATH."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{shutil.which('bash')}\n{script}\n")
        path.chmod(0o755)

    def is_set_up(self, python: str) -> None:
        """Give it an environment whose Python is this script."""
        self.has("python", python, folder=self.checkout / ".venv" / "bin")

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        script = f"set -euo pipefail; source scripts/setup; {line}"
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.checkout,
            env={"PATH": str(self.bin), "RECORD": str(self.record), "HOME": str(self.checkout)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.record.read_text().splitlines() if self.record.exists() else []

    @property
    def stamp(self) -> Path:
        return self.checkout / ".venv" / "installed-run"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_a_new_enough_python_the_message_names_the_package(machine: Machine) -> None:
    machine.has("python3", "exit 1")
    done = machine.run("system_python")
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert "apt install python3" in done.stderr


def test_a_newer_python_is_found_beside_an_old_one(machine: Machine) -> None:
    machine.has("python3", "exit 1")
    machine.has("python3.12", f'exec {sys.executable} "$@"')
    on_a_pi, elsewhere = "/usr/bin/python3", "python3.12"
    assert machine.run("system_python").stdout.strip() in {on_a_pi, elsewhere}


def test_a_library_that_is_missing_is_named_where_apt_may_not_be_used(machine: Machine) -> None:
    machine.has("apt-get", RECORDING)
    done = machine.run("python=false; library libnone.so.0 libnone0")
    assert done.returncode == 1
    assert "sudo apt install libnone0" in done.stderr
    assert machine.calls == []


def test_a_library_that_is_missing_comes_through_apt_for_root(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-get", RECORDING)
    assert machine.run("python=false; library libnone.so.0 libnone0").returncode == 0
    assert [call.split()[1] for call in machine.calls] == ["update", "install"]
    assert machine.calls[-1].endswith(" libnone0")


def test_apt_reads_its_sources_once_however_much_is_missing(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-get", RECORDING)
    done = machine.run("python=false; library libnone.so.0 libnone0; program nothing nothing0; program less less0")
    assert done.returncode == 0, done.stderr
    assert [call.split()[1] for call in machine.calls] == ["update", "install", "install", "install"]


def test_a_library_that_is_missing_comes_through_apt_with_a_sudo_that_does_not_ask(machine: Machine) -> None:
    machine.has("sudo", 'if [ "$1" = -n ]; then exit 0; fi; exec "$@"')
    machine.has("apt-get", RECORDING)
    assert machine.run("python=false; library libnone.so.0 libnone0").returncode == 0
    assert machine.calls[-1].endswith(" libnone0")


def test_a_library_that_is_there_asks_for_nothing(machine: Machine) -> None:
    machine.has("apt-get", RECORDING)
    assert machine.run("python=true; library libc.so.6 libc6").returncode == 0
    assert machine.calls == []


def test_an_environment_that_is_up_to_date_is_left_alone(machine: Machine) -> None:
    machine.is_set_up(RECORDING)
    assert machine.run("environment run").returncode == 0
    assert any("pip install" in call for call in machine.calls)
    machine.record.unlink()
    done = machine.run("environment run")
    assert done.stderr == ""
    assert not any("pip" in call for call in machine.calls)


def test_changed_requirements_are_installed(machine: Machine) -> None:
    machine.is_set_up(RECORDING)
    machine.run("environment run")
    machine.record.unlink()
    (machine.checkout / "requirements" / "run.txt").write_text("click==8.2\n")
    machine.run("environment run")
    assert any("--require-hashes" in call for call in machine.calls)


def test_a_failed_installation_counts_as_none(machine: Machine) -> None:
    machine.is_set_up('case "$*" in *install*) echo "no network" >&2; exit 1;; esac')
    done = machine.run("environment run; echo went on")
    assert done.returncode != 0
    assert "no network" in done.stderr
    assert done.stdout == ""
    assert not machine.stamp.exists()


@pytest.mark.parametrize(
    "script",
    ["scripts/demo", "scripts/test", "scripts/check", "scripts/lock", "scripts/models", "scripts/bench", ".ci/run"],
)
def test_a_script_can_be_started_and_says_what_it_does(script: str) -> None:
    path = ROOT / script
    lines = path.read_text().splitlines()
    assert os.access(path, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1].startswith("# ")
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
