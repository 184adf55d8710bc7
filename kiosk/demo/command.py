"""The demo's command: with a camera it is simply the kiosk; without one, the story on the replayed photographs."""

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from kiosk.app import RunOptions, opened, run
from kiosk.cameras import Kind, kind_found
from kiosk.demo.director import Director
from kiosk.demo.faces import demo_faces
from kiosk.demo.report import Step, table
from kiosk.demo.stage import Portrait, Stage, shown
from kiosk.demo.story import Cast, whole
from kiosk.domain.errors import KioskError, MissingHardware
from kiosk.domain.sight import Image
from kiosk.parts.report import decision_line
from kiosk.runtime.clock import SystemClock
from kiosk.runtime.logs import everything_logged
from kiosk.screens.events import Decided
from kiosk.settings import General, Settings
from kiosk.vision.reading import load_image

Emit = Callable[[dict[str, object]], None]

NOBODY_PX = 180


@click.command(
    epilog="Examples:  scripts/demo   ·   scripts/demo --headless --out demo-out --json   ·   scripts/demo --replay"
)
@click.option("--headless", is_flag=True, help="Draw off-screen, whatever display there is.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-out"), help="Folder for the screenshots.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout, nothing else there.")
@click.option("--log", type=click.Path(path_type=Path), metavar="F", help="Write all that is logged into a file.")
@click.option("--replay", is_flag=True, help="Play the story on the demo faces even where there is a camera.")
def main(headless: bool, out: Path, as_json: bool, log: Path | None, replay: bool) -> None:
    """Show the kiosk at work: enrolment, recognition, a stranger, QR passes. Safe to run twice."""
    hidden = headless or not has_display()
    try:
        camera = None if replay or hidden else _camera()
        with nullcontext() if log is None else everything_logged(log):
            code = _live(camera, out) if camera else _story(hidden, out, as_json)
    except KioskError as error:
        click.echo(f"demo: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code)


def _camera() -> Kind | None:
    try:
        return kind_found()
    except MissingHardware:
        return None


def has_display() -> bool:
    """Whether there is a screen that a window could be on."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _live(camera: Kind, out: Path) -> int:
    """The kiosk itself, on a store of the demo's own."""
    _say(f"A camera is there ({camera.value}): the kiosk itself runs. Close its window to end.")
    settings = _settings(out)
    return run(replace(settings, camera=replace(settings.camera, kind=camera)), RunOptions())


def _story(hidden: bool, out: Path, as_json: bool) -> int:
    faces = demo_faces(say=_say)
    cast = cast_of({name: load_image(path) for name, path in faces.items()})
    settings = _fresh(out)
    emit: Emit = _print_line if as_json else lambda _line: None
    steps = _play(settings, cast, hidden, out, emit)
    ok = all(step.ok for step in steps)
    emit({"type": "summary", "ok": ok, "steps": len(steps), "screenshots": str(out)})
    if not as_json:
        click.echo(f"\n{table(steps)}\n\nScreenshots: {out}/")
    return 0 if ok else 1


def _play(settings: Settings, cast: Cast, hidden: bool, out: Path, emit: Emit) -> list[Step]:
    clock, stop = SystemClock(), threading.Event()
    stage = Stage(clock)
    _say("The story plays in real time; about two minutes.")
    with opened(settings, clock, lambda: stage, headless=hidden) as kiosk:
        director = Director(kiosk, stage, clock, out, _reporting(emit))

        def tick(_state: object) -> None:
            director.tick()
            if director.done:
                stop.set()

        def decided(news: Decided) -> None:
            director.decided.append(news)
            emit(decision_line(news))

        kiosk.loop.on_tick, kiosk.loop.on_decision = tick, decided
        director.begin(whole(director, cast))
        kiosk.loop.run(stop)
    return director.steps


def _reporting(emit: Emit) -> Callable[[Step], None]:
    def report(step: Step) -> None:
        emit(step.line())
        _say(f"  {'✓' if step.ok else '✗'} {step.step}: {step.got}")

    return report


def cast_of(photos: dict[str, Image]) -> Cast:
    """Who plays whom; where each face is was measured once, with the kiosk's own detector."""
    corner = photos["astronaut"][-NOBODY_PX:, :NOBODY_PX]
    return Cast(
        enrolled=Portrait(photos["obama"], (0.53, 0.25), 0.24),
        enrolled_again=Portrait(photos["obama3"], (0.53, 0.20), 0.15),
        comes_back=Portrait(photos["obama2"], (0.54, 0.38), 0.25),
        stranger=Portrait(photos["biden"], (0.59, 0.19), 0.16),
        other=Portrait(photos["astronaut"], (0.44, 0.25), 0.19),
        nobody=shown(Portrait(corner, (0.5, 0.5), 0.5)),
    )


def _settings(out: Path) -> Settings:
    settings = Settings(kiosk=General(store=out / "store", site="demo"))
    return replace(settings, screen=replace(settings.screen, fullscreen=False))


def _fresh(out: Path) -> Settings:
    """The demo's store is made anew each time; only what an earlier demo left there is removed."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("[0-9][0-9]-*.png"):
        old.unlink()
    shutil.rmtree(out / "store", ignore_errors=True)
    return _settings(out)


def _print_line(line: dict[str, object]) -> None:
    click.echo(json.dumps(line, ensure_ascii=False))


def _say(line: str) -> None:
    click.echo(line, err=True)
