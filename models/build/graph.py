"""Takes a float TFLite file apart into a list of steps with float32 weights, and puts such a list together in Keras."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from models.build.dlib_dat import Floats

_SAME = 0  # schema.Padding.SAME


class Kind(Enum):
    """What a step does; the value is the operator's name in the TFLite schema."""

    CONVOLUTION = "CONV_2D"
    DEPTHWISE = "DEPTHWISE_CONV_2D"
    RELU = "RELU"
    RELU6 = "RELU6"
    PRELU = "PRELU"
    ADD = "ADD"
    PAD = "PAD"
    MAX_POOL = "MAX_POOL_2D"
    RESHAPE = "RESHAPE"
    CONCATENATE = "CONCATENATION"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One operator: the tensors that it reads and writes (by number), and its constants.

    `weights`: convolution (rows, columns, in, out), depthwise (rows, columns, channels, 1), PReLU its slopes,
    pad its (4, 2) amounts, else empty. `shape` is the output's, with the batch.
    """

    kind: Kind
    inputs: tuple[int, ...]
    output: int
    shape: tuple[int, ...]
    weights: Floats
    bias: Floats
    stride: int
    padding: str

    def with_weights(self, weights: Floats, bias: Floats) -> "Step":
        """The same step with other constants."""
        return replace(self, weights=weights.astype(np.float32), bias=bias.astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Steps in order, the input's tensor number and shape, the outputs' tensor numbers."""

    steps: tuple[Step, ...]
    source: int
    source_shape: tuple[int, ...]
    outputs: tuple[int, ...]


def read_graph(path: Path) -> Graph:
    """The file's graph; float16 weights are widened. Raises ValueError at an operator that isn't in `Kind`."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(path.read_bytes(), 0))
    subgraph = model.subgraphs[0]
    names = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
    constants = _constants(model)
    steps = []
    for operator in subgraph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        name = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if name == "DEQUANTIZE":
            constants[int(operator.outputs[0])] = constants[int(operator.inputs[0])].astype(np.float32)
        else:
            shape = tuple(int(size) for size in subgraph.tensors[operator.outputs[0]].shape)
            steps.append(_step(Kind(name), operator, shape, constants))
    source = int(subgraph.inputs[0])
    source_shape = tuple(int(size) for size in subgraph.tensors[source].shape)
    return Graph(tuple(steps), source, source_shape, tuple(int(tensor) for tensor in subgraph.outputs))


def to_keras(graph: Graph) -> tf.keras.Model:
    """A Keras model that computes the graph, with a batch of one."""
    image = tf.keras.layers.Input(graph.source_shape[1:], batch_size=1, name="image")
    tensors = {graph.source: image}
    for step in graph.steps:
        tensors[step.output] = _apply(step, [tensors[number] for number in step.inputs])
    return tf.keras.Model(image, [tensors[number] for number in graph.outputs])


def _constants(model: Any) -> dict[int, np.ndarray]:  # noqa: ANN401  (the schema is generated code without types)
    kinds = schema.TensorType
    types: dict[int, type] = {kinds.FLOAT16: np.float16, kinds.FLOAT32: np.float32, kinds.INT32: np.int32}
    found: dict[int, np.ndarray] = {}
    for number, tensor in enumerate(model.subgraphs[0].tensors):
        raw = model.buffers[tensor.buffer].data
        if raw is not None:
            found[number] = np.frombuffer(bytes(raw), types[tensor.type]).reshape(tensor.shape)
    return found


def _step(kind: Kind, operator: Any, shape: tuple[int, ...], constants: dict[int, np.ndarray]) -> Step:  # noqa: ANN401
    numbers = [int(tensor) for tensor in operator.inputs]
    fixed = [constants[number] for number in numbers if number in constants]
    options = operator.builtinOptions
    weights = fixed[0] if fixed else np.zeros(0, np.float32)
    if kind in (Kind.CONVOLUTION, Kind.DEPTHWISE):  # stored with the filters first; a depthwise one has one filter
        weights = weights.transpose(1, 2, 3, 0)
    return Step(
        kind=kind,
        inputs=tuple(number for number in numbers if number not in constants),
        output=int(operator.outputs[0]),
        shape=shape,
        weights=weights,
        bias=fixed[1] if len(fixed) > 1 else np.zeros(0, np.float32),
        stride=int(getattr(options, "strideW", 1)),
        padding="same" if getattr(options, "padding", _SAME) == _SAME else "valid",
    )


def _apply(step: Step, inputs: list[tf.Tensor]) -> tf.Tensor:
    if step.kind in (Kind.CONVOLUTION, Kind.DEPTHWISE):
        return _convolve(step, inputs[0])
    layer = _LAYERS[step.kind](step)
    return layer(inputs if len(inputs) > 1 else inputs[0])


def _prelu(step: Step) -> tf.keras.layers.Layer:
    return tf.keras.layers.PReLU(tf.keras.initializers.Constant(step.weights), shared_axes=[1, 2])


def _pad(step: Step) -> tf.keras.layers.Layer:
    amounts = step.weights.astype(int).tolist()
    return tf.keras.layers.Lambda(lambda tensor: tf.pad(tensor, amounts))


_LAYERS: dict[Kind, Callable[[Step], tf.keras.layers.Layer]] = {
    Kind.RELU: lambda step: tf.keras.layers.ReLU(),
    Kind.RELU6: lambda step: tf.keras.layers.ReLU(6.0),
    Kind.PRELU: _prelu,
    Kind.ADD: lambda step: tf.keras.layers.Add(),
    Kind.PAD: _pad,
    Kind.MAX_POOL: lambda step: tf.keras.layers.MaxPool2D(2, step.stride, step.padding),
    Kind.RESHAPE: lambda step: tf.keras.layers.Reshape(step.shape[1:]),
    Kind.CONCATENATE: lambda step: tf.keras.layers.Concatenate(axis=1),
}


def _convolve(step: Step, x: tf.Tensor) -> tf.Tensor:
    rows, columns, _, filters = step.weights.shape
    if step.kind is Kind.DEPTHWISE:
        layer = tf.keras.layers.DepthwiseConv2D((rows, columns), step.stride, step.padding)
    else:
        layer = tf.keras.layers.Conv2D(filters, (rows, columns), step.stride, step.padding)
    y = layer(x)
    layer.set_weights([step.weights, step.bias])
    return y
