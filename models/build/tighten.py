"""Spends the int8 range of a residual branch only on values that can still matter after the add and its ReLU."""

from typing import Any

from tensorflow.lite.python import schema_py_generated as schema

_LOWEST, _HIGHEST = -128, 127


def tightened(model: bytes) -> bytes:
    """The file with a narrower quantisation of each convolution that is added to a skip branch.

    Where a branch lies below -max(skip), the sum is negative and the ReLU makes it zero, so int8 may saturate there
    and the steps become finer. Only scale and zero point of those outputs are overwritten, in place.
    """
    content = bytearray(model)
    parsed = schema.Model.GetRootAs(content, 0)
    graph = parsed.Subgraphs(0)
    operators = [graph.Operators(number) for number in range(graph.OperatorsLength())]
    convolved = {operator.Outputs(0) for operator in operators if _is(parsed, operator, schema.BuiltinOperator.CONV_2D)}
    for operator in operators:
        if _is(parsed, operator, schema.BuiltinOperator.ADD) and _has_relu(operator):
            inputs = [operator.Inputs(0), operator.Inputs(1)]
            branches = [number for number in inputs if number in convolved]
            if len(branches) == 1:
                (skip,) = (number for number in inputs if number not in convolved)
                _raise_lowest(graph.Tensors(branches[0]), -_highest(graph.Tensors(skip)))
    return bytes(content)


def _is(model: Any, operator: Any, kind: int) -> bool:  # noqa: ANN401  (the schema is generated code without types)
    code = model.OperatorCodes(operator.OpcodeIndex())
    return bool(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()) == kind)


def _has_relu(operator: Any) -> bool:  # noqa: ANN401
    options = schema.AddOptions()
    options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
    return bool(options.FusedActivationFunction() == schema.ActivationFunctionType.RELU)


def _highest(tensor: Any) -> float:  # noqa: ANN401
    quantisation = tensor.Quantization()
    return float((_HIGHEST - quantisation.ZeroPoint(0)) * quantisation.Scale(0))


def _raise_lowest(tensor: Any, lowest: float) -> None:  # noqa: ANN401
    quantisation = tensor.Quantization()
    scale, zero = quantisation.ScaleAsNumpy(), quantisation.ZeroPointAsNumpy()
    highest = _highest(tensor)
    if lowest > (_LOWEST - zero[0]) * scale[0]:
        scale[0] = (highest - lowest) / (_HIGHEST - _LOWEST)
        zero[0] = round(_LOWEST - lowest / float(scale[0]))
