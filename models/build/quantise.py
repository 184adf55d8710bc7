"""TensorFlow's post-training quantiser, set the one way that is used here: int8 throughout, or int8 weights only."""

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from models.build.dlib_dat import Floats


def fully_int8(model: tf.keras.Model, samples: Iterable[Floats]) -> bytes:
    """The model with int8 weights, activations, input and outputs; ranges come from `samples` (each with batch 1)."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]

    def representative() -> Iterator[list[Floats]]:
        for sample in samples:
            yield [sample.astype(np.float32)]

    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def int8_weights(model: tf.keras.Model) -> bytes:
    """The model with int8 weights and float activations (dynamic range); input and outputs stay float."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return bytes(converter.convert())


def unquantised(model: tf.keras.Model) -> bytes:
    """The model in float32, the yardstick for the two above."""
    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
