"""The detector's outputs, each brought to a range of its own by ReLU6 before int8, and how the decoder undoes that."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import tensorflow as tf

from kiosk.vision.manifest import Head
from kiosk.vision.tflite import Interpreter
from models.build.blazeface import Range, real_input
from models.build.calibration import Image
from models.build.dlib_dat import Floats
from models.build.graph import Graph, Kind, Step, to_keras

REGRESSORS = 16
_CEILING = 6.0  # of ReLU6, the activation that pins an output's range for the quantiser
_LOGITS = (-8.0, 8.0)  # sigmoid .0003 to .9997
_LIKELY = -3.0  # anchors below this logit are no face, and their regressors mean nothing
_MARGIN = 0.15  # room around the regressors seen, as a share of their span
_UNSURE = (-2.0, 3.0)  # logits that neither bound has touched


def with_bounded_heads(graph: Graph, scenes: Sequence[Image]) -> tuple[Graph, tuple[Head, ...]]:
    """The graph with four bounded outputs in place of two (logits and regressors of each grid), and their scales."""
    by_output = {step.output: step for step in graph.steps}
    flat = [by_output[number] for output in graph.outputs for number in by_output[output].inputs]
    regressors, logits = flat[: len(flat) // 2], flat[len(flat) // 2 :]
    spans = _regressor_ranges(graph, logits, regressors, scenes)
    heads = tuple(_head(logit.shape[1], span) for logit, span in zip(logits, spans, strict=True))
    steps = [step for step in graph.steps if step.kind is not Kind.CONCATENATE]
    fresh = max(by_output) + 1
    for head, logit, regressor in zip(heads, logits, regressors, strict=True):
        steps = _bounded(steps, logit, (np.array([head.logit_scale]), np.array([head.logit_offset])), fresh)
        steps = _bounded(steps, regressor, (head.regressor_scale, head.regressor_offset), fresh + 1)
        fresh += 2
    outputs = tuple(step.output for step in (*logits, *regressors))
    return replace(graph, steps=tuple(steps), outputs=outputs), heads


def fitted(
    heads: Sequence[Head], quantised: Interpreter, original: Interpreter, scenes: Iterable[Image]
) -> tuple[Head, ...]:
    """The heads with scales that bring the int8 outputs nearest to the original's (a line by least squares)."""
    pairs: list[list[tuple[Floats, Floats]]] = [[] for _ in heads]
    for scene in scenes:
        exact = _joined(original, (scene[None] / 127.5 - 1).astype(np.float32), [896])[0]
        given = (scene.astype(np.int16) - 128).astype(np.int8)
        raws = _joined(quantised, given, [head.anchors for head in heads])
        start = 0
        for grid, raw in enumerate(raws):
            wanted = exact[start : start + len(raw)]
            likely = wanted[:, 0] > _UNSURE[0]
            pairs[grid].append((raw[likely], wanted[likely]))
            start += len(raw)
    joined = [tuple(np.concatenate(side) for side in zip(*rows, strict=True)) for rows in pairs]
    return tuple(_fitted(head, raw, wanted) for head, (raw, wanted) in zip(heads, joined, strict=True))


def _head(anchors: int, span: Range) -> Head:
    low, high = _LOGITS
    logit_scale = _CEILING / (high - low)
    scale = _CEILING / (span.high - span.low)
    return Head(anchors, logit_scale, -low * logit_scale, scale, -span.low * scale)


def _fitted(head: Head, raw: Floats, wanted: Floats) -> Head:
    """Rows are logit and regressors. Only the logit's shift is fitted, from logits that no bound has touched."""
    unsure = wanted[:, 0] < _UNSURE[1]
    shift = float((raw[unsure, 0] - wanted[unsure, 0] * head.logit_scale).mean())
    faces = wanted[:, 0] > 0
    lines = [np.polyfit(raw[faces, column], wanted[faces, column], 1) for column in range(1, REGRESSORS + 1)]
    slope, start = np.array(lines).T
    return replace(head, logit_offset=shift, regressor_scale=1 / slope, regressor_offset=-start / slope)


def _joined(interpreter: Interpreter, given: np.ndarray, anchors: Sequence[int]) -> list[Floats]:
    """Real outputs (n, 17) of each grid: the logit, then the regressors. Outputs are told apart by their size."""
    outputs = interpreter.run(given)
    real = {tensor.values: tensor.real(stored) for tensor, stored in zip(interpreter.outputs, outputs, strict=True)}
    return [np.column_stack([real[n].reshape(n, 1), real[n * REGRESSORS].reshape(n, REGRESSORS)]) for n in anchors]


def _bounded(steps: Sequence[Step], reshape: Step, line: tuple[Floats, Floats], fresh: int) -> list[Step]:
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
    graph: Graph, logits: Sequence[Step], regressors: Sequence[Step], scenes: Iterable[Image]
) -> list[Range]:
    """The range of the 16 regressors of each grid where an anchor may be a face, widened by the margin."""
    probe = to_keras(replace(graph, outputs=tuple(step.output for step in (*logits, *regressors))))
    run = tf.function(lambda image: probe(image))
    seen: list[list[Floats]] = [[] for _ in logits]
    for scene in scenes:
        values = [value.numpy()[0] for value in run(tf.constant(real_input(scene)))]
        for grid, rows in enumerate(seen):
            likely = values[grid][:, 0] > _LIKELY
            rows.append(values[len(logits) + grid][likely])
    return [_widened(np.concatenate(rows)) for rows in seen]


def _widened(values: Floats) -> Range:
    low, high = values.min(0), values.max(0)
    margin = (high - low) * _MARGIN
    return Range(low - margin, high + margin)
