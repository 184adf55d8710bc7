"""The face mesh with int8 weights in its convolutions, activations in float: smaller, as exact, and no slower."""

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from models.build.graph import read_graph, to_keras
from models.build.quantise import int8_weights

_FILE_KIND = b"TFL3"


def with_int8_weights(original: Path) -> bytes:
    """The original with int8 weights in all convolutions of any size but the depthwise ones.

    TensorFlow quantises depthwise weights too from 1,024 numbers up; XNNPACK has no kernel for those with float
    activations, and the mesh would become a tenth slower than the original. So they go back to float32 here.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(int8_weights(to_keras(read_graph(original))), 0))
    graph = model.subgraphs[0]
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if max(code.builtinCode, code.deprecatedBuiltinCode) == schema.BuiltinOperator.DEPTHWISE_CONV_2D:
            tensor = graph.tensors[operator.inputs[1]]
            if tensor.type == schema.TensorType.INT8:
                _widen(model, tensor)
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), _FILE_KIND)
    return bytes(builder.Output())


def _widen(model: Any, tensor: Any) -> None:  # noqa: ANN401  (the schema is generated code without types)
    """Back to float32: depthwise weights (1, rows, columns, channels) have one scale a channel."""
    stored = np.frombuffer(bytes(model.buffers[tensor.buffer].data), np.int8).reshape(tensor.shape)
    weights = stored.astype(np.float32) * np.asarray(tensor.quantization.scale, np.float32)
    model.buffers[tensor.buffer].data = np.frombuffer(weights.tobytes(), np.uint8)
    tensor.type = schema.TensorType.FLOAT32
    tensor.quantization = None
