"""BlazeFace made fit for int8: channels brought to one range, and each output to a range of its own.

All of it is exact in float. The trunk (stem, ReLU, add, pad, max-pool) only passes channels on, so one factor a channel can
be taken out of everything that writes to it and put into everything that reads it; the same holds between a depthwise
convolution and its 1x1. Depthwise filters and outputs of a convolution have a quantisation step for each channel, so that
costs nothing there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from models.build.dlib_dat import Floats
from models.build.graph import Graph, Kind, Step, to_keras

GREY = 127.0
SPAN = 127.5  # real input = (pixel - GREY) / SPAN, so int8 input = pixel - 128 and grey is exactly zero
_SHIFT = (127.5 - GREY) / SPAN  # the original takes pixel / 127.5 - 1
_CEILING = 6.0  # of ReLU6, the activation that pins an output's range for the quantiser
_LOGITS = (-8.0, 8.0)  # sigmoid .0003 to .9997
_LIKELY = -3.0  # anchors below this logit are no face, and their regressors mean nothing
_MARGIN = 0.15  # room around the regressors seen, as a share of their span


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """Lowest and highest value of each channel."""

    low: Floats
    high: Floats

    @property
    def reach(self) -> Floats:
        """Largest absolute value of each channel."""
        return np.maximum(np.maximum(-self.low, self.high), 1e-3)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """How one grid's outputs are scaled: raw = real * scale + offset, real in the original's units."""

    anchors: int
    logit_scale: float
    logit_offset: float
    regressor_scale: Floats  # (16,)
    regressor_offset: Floats  # (16,)


def centred(graph: Graph) -> Graph:
    """The graph for inputs (pixel - 127) / 127.5: what half a grey step changes is moved into the stem's bias."""
    stem = next(step for step in graph.steps if step.inputs == (graph.source,))
    bias = stem.bias - stem.weights.sum((0, 1, 2)) * _SHIFT
    return _with_steps(graph, {stem.output: stem.with_weights(stem.weights, bias)})


def real_input(pixels: np.ndarray) -> Floats:
    """(1, 128, 128, 3) as the centred graph takes it, from RGB uint8 (128, 128, 3)."""
    return ((pixels[None].astype(np.float32) - GREY) / SPAN).astype(np.float32)


def measure(graph: Graph, scenes: Iterable[np.ndarray]) -> dict[int, Range]:
    """The range of each channel of every tensor over the scenes (128, 128, 3)."""
    probe = to_keras(replace(graph, outputs=tuple(step.output for step in graph.steps)))
    run = tf.function(lambda image: probe(image))
    low: dict[int, Floats] = {}
    high: dict[int, Floats] = {}
    for scene in scenes:
        for step, value in zip(graph.steps, run(tf.constant(real_input(scene))), strict=True):
            flat = value.numpy().reshape(-1, value.shape[-1])
            low[step.output] = np.minimum(low.get(step.output, np.inf), flat.min(0))
            high[step.output] = np.maximum(high.get(step.output, -np.inf), flat.max(0))
    return {number: Range(low[number], high[number]) for number in low}


def equalised(graph: Graph, ranges: Mapping[int, Range]) -> Graph:
    """The same function with the trunk's channels, and those between depthwise and 1x1, at like ranges."""
    readers = _readers(graph)
    trunk = _trunk_factors(graph, ranges)
    changed = {}
    for step in graph.steps:
        if step.kind is Kind.DEPTHWISE:
            (pointwise,) = readers[step.output]
            between = _between_factors(ranges[step.output], pointwise)
            channels = step.shape[-1]
            weights = step.weights * (trunk[:channels] / between)[:, None]
            changed[step.output] = step.with_weights(weights, step.bias / between)
            changed[pointwise.output] = _rescaled(pointwise, between, trunk)
        elif step.kind is Kind.CONVOLUTION and step.output not in changed:
            is_stem = step.inputs == (graph.source,)
            changed[step.output] = _rescaled(step, None, trunk) if is_stem else _read_trunk(step, trunk)
    return _with_steps(graph, changed)


def with_bounded_heads(graph: Graph, scenes: Iterable[np.ndarray]) -> tuple[Graph, tuple[Head, ...]]:
    """The graph with four bounded outputs in place of two (logits and regressors of each grid), and their scales."""
    by_output = {step.output: step for step in graph.steps}
    flat = [by_output[number] for output in graph.outputs for number in by_output[output].inputs]
    regressors, logits = flat[: len(flat) // 2], flat[len(flat) // 2 :]
    spans = _regressor_ranges(graph, logits, regressors, scenes)
    heads, steps = [], [step for step in graph.steps if step.kind is not Kind.CONCATENATE]
    fresh = max(by_output) + 1
    outputs = []
    low, high = _LOGITS
    for logit, regressor, span in zip(logits, regressors, spans, strict=True):
        scale = _CEILING / (span.high - span.low)
        logit_scale = _CEILING / (high - low)
        head = Head(logit.shape[1], logit_scale, -low * logit_scale, scale, -span.low * scale)
        heads.append(head)
        for reshape, factor, offset in (
            (logit, np.array([head.logit_scale]), np.array([head.logit_offset])),
            (regressor, head.regressor_scale, head.regressor_offset),
        ):
            steps = _bounded(steps, reshape, (factor, offset), fresh)
            outputs.append(reshape.output)
            fresh += 1
    return replace(graph, steps=tuple(steps), outputs=tuple(outputs)), tuple(heads)


def _bounded(steps: list[Step], reshape: Step, line: tuple[Floats, Floats], fresh: int) -> list[Step]:
    """Scale and shift the convolution in front of `reshape`, and put a ReLU6 between the two."""
    done = []
    for step in steps:
        if step.output == reshape.inputs[0]:
            each = step.shape[-1] // len(line[0])
            factor, offset = np.tile(line[0], each), np.tile(line[1], each)
            scaled = step.with_weights(step.weights * factor, step.bias * factor + offset)
            empty = np.zeros(0, np.float32)
            bound = replace(scaled, kind=Kind.RELU6, inputs=(step.output,), output=fresh, weights=empty, bias=empty)
            done += [scaled, bound]
        elif step.output == reshape.output:
            done.append(replace(step, inputs=(fresh,)))
        else:
            done.append(step)
    return done


def _regressor_ranges(
    graph: Graph, logits: list[Step], regressors: list[Step], scenes: Iterable[np.ndarray]
) -> list[Range]:
    """The range of the 16 regressors of each grid where an anchor may be a face, widened by the margin."""
    outputs = tuple(step.output for step in (*logits, *regressors))
    run = tf.function(to_keras(replace(graph, outputs=outputs)))
    seen: list[list[Floats]] = [[] for _ in logits]
    for scene in scenes:
        values = [value.numpy()[0] for value in run(tf.constant(real_input(scene)))]
        for grid, rows in enumerate(seen):
            likely = values[grid][:, 0] > _LIKELY
            rows.append(values[len(logits) + grid][likely])
    ranges = []
    for rows in seen:
        values = np.concatenate(rows)
        low, high = values.min(0), values.max(0)
        margin = (high - low) * _MARGIN
        ranges.append(Range(low - margin, high + margin))
    return ranges


def _trunk_factors(graph: Graph, ranges: Mapping[int, Range]) -> Floats:
    """One factor a trunk channel: its reach against the widest channel's, in the tensor where that is largest."""
    factors = np.zeros(0)
    for step in graph.steps:
        if step.kind is Kind.RELU:
            reach = ranges[step.output].reach
            share = reach / reach.max()
            factors = np.maximum(np.pad(factors, (0, len(share) - len(factors))), share)
    return np.maximum(factors, 0.02).astype(np.float32)


def _between_factors(inside: Range, pointwise: Step) -> Floats:
    """Factors that leave activations and 1x1 weights equally uneven (the square root of both reaches)."""
    weights = np.maximum(np.abs(pointwise.weights).max((0, 1, 3)), 1e-4)
    return np.sqrt(inside.reach / weights).astype(np.float32)


def _rescaled(step: Step, read: Floats | None, written: Floats) -> Step:
    """A convolution that reads channels divided by `read`, and writes them divided by `written`."""
    weights = step.weights if read is None else step.weights * read[:, None]
    outputs = written[: step.shape[-1]]
    return step.with_weights(weights / outputs, step.bias / outputs)


def _read_trunk(step: Step, trunk: Floats) -> Step:
    return step.with_weights(step.weights * trunk[: step.weights.shape[2], None], step.bias)


def _readers(graph: Graph) -> dict[int, list[Step]]:
    readers: dict[int, list[Step]] = {}
    for step in graph.steps:
        for number in step.inputs:
            readers.setdefault(number, []).append(step)
    return readers


def _with_steps(graph: Graph, changed: Mapping[int, Step]) -> Graph:
    return replace(graph, steps=tuple(changed.get(step.output, step) for step in graph.steps))
