"""dlib's face ResNet with 29 convolutions, rebuilt in Keras: affine layers folded in, raw RGB 0..255 as its input."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from models.build.dlib_dat import DatError, Floats, Layer, Network

_PIXEL_SPAN = 256.0  # dlib subtracts the mean, then divides by this
_STAGES = (
    (32, 3),
    (64, 3),
    (128, 2),
    (256, 2),
)  # channels, plain residual blocks; all but the first open with a halving
_LAST_CHANNELS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Kernel (rows, columns, in, out) and bias (out,), with the affine layer behind it folded in."""

    kernel: Floats
    bias: Floats


def folded_convolutions(network: Network) -> tuple[Convolution, ...]:
    """The convolutions in file order, each with its affine layer; the first takes raw pixels 0..255."""
    weighted = [layer for layer in network.layers if layer.name.startswith(("con_", "affine_"))]
    pairs = zip(weighted[::2], weighted[1::2], strict=True)
    convolutions = [_fold(convolution, affine) for convolution, affine in pairs]
    stem = convolutions[0]
    mean = np.asarray(network.mean, np.float64)
    shift = np.einsum("rcio,i->o", stem.kernel.astype(np.float64), mean) / _PIXEL_SPAN
    convolutions[0] = Convolution(
        (stem.kernel.astype(np.float64) / _PIXEL_SPAN).astype(np.float32), (stem.bias - shift).astype(np.float32)
    )
    return tuple(convolutions)


def projection(network: Network) -> Floats:
    """The last layer, (256, 128): mean features to the vector that stands for a face."""
    last = network.layers[-1]
    if not last.name.startswith("fc_"):
        raise DatError(f"the network ends with {last.name!r}, not with a fully connected layer")
    outputs, inputs = last.numbers
    return last.parameters.reshape(inputs, outputs)


def build(network: Network) -> tf.keras.Model:
    """The Keras model: (1, 150, 150, 3) raw RGB 0..255 to (1, 128), not normalised."""
    convolutions = iter(folded_convolutions(network))
    layers = tf.keras.layers
    image = layers.Input((network.side, network.side, 3), batch_size=1, name="rgb")
    x = layers.ReLU()(_convolve(image, next(convolutions), stride=2, padding="valid"))
    x = layers.MaxPool2D(3, 2, "valid")(x)
    for stage, (_, plain_blocks) in enumerate(_STAGES):
        if stage:
            x = _halve(x, convolutions)
        for _ in range(plain_blocks):
            x = _residual(x, convolutions)
    x = _halve(x, convolutions)
    if x.shape[-1] != _LAST_CHANNELS or next(convolutions, None) is not None:
        raise DatError("the file holds another number of layers than a ResNet-29")
    x = layers.GlobalAveragePooling2D()(x)
    dense = layers.Dense(projection(network).shape[1], use_bias=False, name="vector")
    model = tf.keras.Model(image, dense(x))
    dense.set_weights([projection(network)])
    return model


def _fold(convolution: Layer, affine: Layer) -> Convolution:
    filters, rows, columns = convolution.numbers[:3]
    flat = convolution.parameters.reshape(-1).astype(np.float64)
    gamma, beta = affine.parameters.reshape(2, filters).astype(np.float64)
    kernel = flat[:-filters].reshape(filters, -1, rows, columns).transpose(2, 3, 1, 0)
    return Convolution((kernel * gamma).astype(np.float32), (flat[-filters:] * gamma + beta).astype(np.float32))


def _convolve(x: tf.Tensor, convolution: Convolution, *, stride: int, padding: str) -> tf.Tensor:
    rows, columns, _, filters = convolution.kernel.shape
    layer = tf.keras.layers.Conv2D(filters, (rows, columns), stride, padding)
    y = layer(x)
    layer.set_weights([convolution.kernel, convolution.bias])
    return y


def _residual(x: tf.Tensor, convolutions: Iterator[Convolution]) -> tf.Tensor:
    layers = tf.keras.layers
    y = layers.ReLU()(_convolve(x, next(convolutions), stride=1, padding="same"))
    y = _convolve(y, next(convolutions), stride=1, padding="same")
    return layers.ReLU()(layers.Add()([x, y]))


def _halve(x: tf.Tensor, convolutions: Iterator[Convolution]) -> tf.Tensor:
    """A block that halves the map and widens it; what one branch has too little of, rows or channels, is zero."""
    layers = tf.keras.layers
    y = layers.ReLU()(_convolve(x, next(convolutions), stride=2, padding="valid"))
    y = _convolve(y, next(convolutions), stride=1, padding="same")
    skip = layers.AveragePooling2D(2, 2, "valid")(x)
    missing = skip.shape[1] - y.shape[1]
    if missing:
        y = layers.ZeroPadding2D(((0, missing), (0, missing)))(y)
    channels = y.shape[-1] - skip.shape[-1]
    if channels:
        skip = layers.Lambda(lambda t: tf.pad(t, ((0, 0), (0, 0), (0, 0), (0, channels))))(skip)
    return layers.ReLU()(layers.Add()([skip, y]))
