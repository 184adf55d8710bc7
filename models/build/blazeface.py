"""BlazeFace made fit for int8 by bringing its channels to one range; in float, all of it is exact.

The trunk (stem, ReLU, add, pad, max-pool) only passes channels on, so a factor for each channel can be taken out of
everything that writes to it and put into everything that reads it; the same holds between a depthwise convolution and
its 1x1. Depthwise filters and the outputs of a convolution have a quantisation step for each channel: free of charge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from models.build.calibration import Image
from models.build.dlib_dat import Floats
from models.build.graph import Graph, Kind, Step, to_keras
from models.build.originals import GREY, SPAN

_SHIFT = (127.5 - GREY) / SPAN  # the original takes pixel / 127.5 - 1
_LEAST_FACTOR = 0.02  # a channel that is nearly always zero isn't blown up further than this
_LEAST_WEIGHT = 1e-3
_TOWARDS_ACTIVATIONS = 0.75  # 1 would even out the activations only, 0 the 1x1 weights only; measured


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """Lowest and highest value of each channel."""

    low: Floats
    high: Floats

    @property
    def reach(self) -> Floats:
        """Largest absolute value of each channel."""
        return np.maximum(np.maximum(-self.low, self.high), 1e-3)


def centred(graph: Graph) -> Graph:
    """The graph for inputs (pixel - 127) / 127.5: what half a grey step changes is moved into the stem's bias."""
    stem = next(step for step in graph.steps if step.inputs == (graph.source,))
    bias = stem.bias - stem.weights.sum((0, 1, 2)) * _SHIFT
    return _with_steps(graph, {stem.output: stem.with_weights(stem.weights, bias)})


def real_input(pixels: Image) -> Floats:
    """(1, 128, 128, 3) as the centred graph takes it, from RGB uint8 (128, 128, 3)."""
    return ((pixels[None].astype(np.float32) - GREY) / SPAN).astype(np.float32)


def measure(graph: Graph, scenes: Iterable[Image]) -> dict[int, Range]:
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
    readers = {number: step for step in graph.steps for number in step.inputs}
    trunk = _trunk_factors(graph, ranges)
    changed = {}
    for step in graph.steps:
        if step.kind is Kind.DEPTHWISE:
            pointwise = readers[step.output]
            between = _between_factors(ranges[step.output], pointwise)
            weights = step.weights * (trunk[: step.shape[-1]] / between)[:, None]
            changed[step.output] = step.with_weights(weights, step.bias / between)
            changed[pointwise.output] = _rescaled(pointwise, between, trunk)
        elif step.kind is Kind.CONVOLUTION and step.output not in changed:
            channels = step.weights.shape[2]
            stem = step.inputs == (graph.source,)  # the others are the heads, which read the trunk only
            read, written = (_ones(channels), trunk) if stem else (trunk[:channels], _ones(step.shape[-1]))
            changed[step.output] = _rescaled(step, read, written)
    return _with_steps(graph, changed)


def _trunk_factors(graph: Graph, ranges: Mapping[int, Range]) -> Floats:
    """One factor a trunk channel: its reach against the widest channel's, in the tensor where that share is largest."""
    factors = np.zeros(0)
    for step in graph.steps:
        if step.kind is Kind.RELU:
            reach = ranges[step.output].reach
            share = reach / reach.max()
            factors = np.maximum(np.pad(factors, (0, len(share) - len(factors))), share)
    return np.maximum(factors, _LEAST_FACTOR).astype(np.float32)


def _between_factors(inside: Range, pointwise: Step) -> Floats:
    """Factors that even out the activations between the two convolutions, at some cost to the 1x1's weights."""
    weights = np.abs(pointwise.weights[0, 0])
    shares = (weights / weights.max(0, keepdims=True)).max(1)  # of each input, where it matters most
    shares = np.maximum(shares, _LEAST_WEIGHT)
    factors: Floats = inside.reach**_TOWARDS_ACTIVATIONS * shares ** (_TOWARDS_ACTIVATIONS - 1)
    return factors.astype(np.float32)


def _ones(count: int) -> Floats:
    return np.ones(count, np.float32)


def _rescaled(step: Step, read: Floats, written: Floats) -> Step:
    """A convolution that reads channels divided by `read`, and writes them divided by `written`."""
    outputs = written[: step.shape[-1]]
    return step.with_weights(step.weights * read[:, None] / outputs, step.bias / outputs)


def _with_steps(graph: Graph, changed: Mapping[int, Step]) -> Graph:
    return replace(graph, steps=tuple(changed.get(step.output, step) for step in graph.steps))
