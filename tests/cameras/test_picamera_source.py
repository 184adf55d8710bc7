"""Every call that the Pi camera's adapter makes exists in the real picamera2, with those parameters."""

import ast
import inspect
from pathlib import Path

import pytest

from kiosk.cameras.picamera import Device, Request
from tests.fakes import picamera2 as fake

REAL = {Device: ("picamera2.py", "Picamera2"), Request: ("request.py", "CompletedRequest")}
FAKE = {Device: fake.Picamera2, Request: fake.CompletedRequest}


def methods_of(protocol: type) -> dict[str, list[str]]:
    """Name and parameters of everything that the adapter uses; properties have none."""
    used = {name: member for name, member in vars(protocol).items() if not name.startswith("_")}
    return {
        name: [] if isinstance(member, property) else list(inspect.signature(member).parameters)[1:]
        for name, member in used.items()
    }


def class_in(file: Path, name: str) -> dict[str, ast.FunctionDef]:
    """The methods of a class in a source file; of an overloaded one the last, which is the real one."""
    tree = ast.parse(file.read_text())
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return {node.name: node for node in found.body if isinstance(node, ast.FunctionDef)}


def parameters_of(function: ast.FunctionDef) -> list[str]:
    return [arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)][1:]


def required_of(function: ast.FunctionDef) -> list[str]:
    return [arg.arg for arg in function.args.args[1 : len(function.args.args) - len(function.args.defaults)]]


@pytest.mark.parametrize("protocol", [Device, Request], ids=["camera", "request"])
def test_the_real_package_has_every_method_and_parameter(protocol: type, picamera2_source: Path) -> None:
    file, name = REAL[protocol]
    real = class_in(picamera2_source / file, name)
    for method, parameters in methods_of(protocol).items():
        assert method in real, f"{name} has no {method}"
        missing = set(parameters) - set(parameters_of(real[method]))
        assert not missing, f"{name}.{method} does not take {missing}"
        assert set(required_of(real[method])) <= set(parameters), f"{name}.{method} needs more than it is given"


@pytest.mark.parametrize("protocol", [Device, Request], ids=["camera", "request"])
def test_the_stand_in_takes_nothing_that_the_real_package_does_not(protocol: type, picamera2_source: Path) -> None:
    file, name = REAL[protocol]
    real = class_in(picamera2_source / file, name)
    for method in methods_of(protocol):
        stand_in = vars(FAKE[protocol]).get(method)
        if stand_in is None:
            continue  # an attribute of the stand-in, a property of the real camera
        assert set(list(inspect.signature(stand_in).parameters)[1:]) <= set(parameters_of(real[method]))


def test_a_camera_is_opened_by_number_and_listed_by_id(picamera2_source: Path) -> None:
    real = class_in(picamera2_source / "picamera2.py", "Picamera2")
    assert parameters_of(real["__init__"])[0] == "camera_num"
    assert required_of(real["__init__"]) == []
    assert any(ast.unparse(decorator) == "staticmethod" for decorator in real["global_camera_info"].decorator_list)
    assert "'Id'" in ast.unparse(real["global_camera_info"])


def test_waiting_for_a_frame_can_be_given_a_time_limit(picamera2_source: Path) -> None:
    real = class_in(picamera2_source / "picamera2.py", "Picamera2")
    assert "dispatch_functions(functions, wait" in ast.unparse(real["capture_request"])
    assert "get_result(timeout=timeout)" in ast.unparse(real["dispatch_functions"])
    job = class_in(picamera2_source / "job.py", "Job")
    assert "_future.result(timeout=timeout)" in ast.unparse(job["get_result"])


def test_a_stream_is_described_by_the_keys_that_we_use(picamera2_source: Path) -> None:
    real = class_in(picamera2_source / "picamera2.py", "Picamera2")
    written = ast.unparse(real["_update_stream_config"])
    assert all(f"stream_config['{key}']" in written for key in ("format", "size", "stride"))


def test_rgb888_lies_in_memory_as_blue_green_red(picamera2_source: Path) -> None:
    source = (picamera2_source / "request.py").read_text()
    assert '"RGB888": "BGR"' in source
    assert '"BGR888": "RGB"' in source
