"""The figures of `kiosk bench` as JSON and as text, with the targets that they are held against."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk.evaluation.frames import HEIGHT, WIDTH
from kiosk.evaluation.peers import PeerName
from kiosk.evaluation.speed import DECISION, Speed
from kiosk.evaluation.startup import Startup
from kiosk.evaluation.timing import Timing

NOT_ASKED = "not measured; add --peers"
PEER = PeerName.FACE_RECOGNITION


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and the bar it is held against: `most` for what should be small, else at least."""

    name: str
    value: float | None
    bar: float
    unit: str
    most: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None where it was not measured."""
        if self.value is None:
            return None
        return self.value <= self.bar if self.most else self.value >= self.bar


def bench_fields(speed: Speed, started: Startup) -> dict[str, object]:
    """Everything measured; `speedup_over_dlib` is None, and `speedup_note` says why, where dlib is not installed."""
    fields: dict[str, object] = {
        "cpu": cpu(),
        "frame": [WIDTH, HEIGHT],
        "threads": 1,
        "stages": {name: _rounded(one) for name, one in speed.stages.items()},
        "peers": {
            peer.value: {name: _rounded(one) for name, one in stages.items()} for peer, stages in speed.peers.items()
        },
        "peers_absent": {peer.value: why for peer, why in speed.absent.items()},
    }
    for target in targets(speed, started):
        fields[target.name] = target.value
    fields["speedup_over_dlib_as_installed"] = _ratio(speed, DECISION, "decision_as_installed")
    fields["speedup_note"] = None if PEER in speed.peers else speed.absent.get(PEER, NOT_ASKED)
    fields["peak_mb"] = started.peak_mb
    fields["people"] = started.people
    fields["targets"] = [asdict(target) | {"met": target.met} for target in targets(speed, started)]
    return fields


def targets(speed: Speed, started: Startup) -> tuple[Target, ...]:
    """What this kiosk promises, with what was measured.

    Embeddings are compared one pass with one pass, as dlib makes them; a decision of ours contains two (mirrored).
    """
    return (
        Target("speedup_over_dlib", _ratio(speed, DECISION, "decision"), 12, "times", most=False),
        Target("embedding_speedup_over_dlib", _ratio(speed, "embed_once", "embed"), 30, "times", most=False),
        Target("detect_landmarks_embed_ms", _median(speed.stages, "detect_landmarks_embed_once"), 6, "ms"),
        Target("match_100000_ms", _median(speed.stages, "match_100000"), 8, "ms"),
        Target("match_10000_ms", _median(speed.stages, "match_10000"), 1, "ms"),
        Target("start_to_first_decision_s", round(started.seconds, 3), 3, "s"),
        Target("resident_mb", started.resident_mb, 300, "MB"),
    )


def bench_text(speed: Speed, started: Startup) -> str:
    """Tables of the stages and of the targets."""
    lines = [f"{cpu()}, one thread, frames of {WIDTH} x {HEIGHT}; milliseconds, median and 95th percentile:"]
    lines += [_line(name, one) for name, one in speed.stages.items()]
    for peer, stages in speed.peers.items():
        lines += [f"{peer.value}:", *(_line(name, one) for name, one in stages.items())]
    lines += [f"{peer.value}: {why}" for peer, why in speed.absent.items()]
    lines.append(f"With {started.people:,} people enrolled; targets:")
    return "\n".join([*lines, *(_target_line(target) for target in targets(speed, started))])


def cpu() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next((name for name in named if name), platform.machine())


def _rounded(one: Timing) -> dict[str, float]:
    return {"median_ms": round(one.median_ms, 4), "p95_ms": round(one.p95_ms, 4), "runs": one.runs}


def _line(name: str, one: Timing) -> str:
    return f"  {name:<28}{one.median_ms:9.3f}{one.p95_ms:9.3f}"


def _target_line(target: Target) -> str:
    bar = f"{'at most' if target.most else 'at least'} {target.bar:g} {target.unit}"
    value = "not measured" if target.value is None else f"{target.value:.2f} {target.unit}"
    return f"  {target.name:<28}{value:>14}  {bar:<18}{ {True: 'met', False: 'MISSED', None: ''}[target.met] }"


def _median(stages: Mapping[str, Timing], name: str) -> float | None:
    return round(stages[name].median_ms, 4) if name in stages else None


def _ratio(speed: Speed, ours: str, theirs: str) -> float | None:
    ratio = speed.ratio(ours, PEER, theirs)
    return None if ratio is None else round(ratio, 2)
