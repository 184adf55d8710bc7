"""The rebuilt float network against dlib itself."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from kiosk.domain.sight import Image


def largest_difference(dat: Path, network: tf.keras.Model, chips: Sequence[Image]) -> float:
    """The largest difference between any number of any vector, on real chips (150, 150, 3)."""
    import dlib  # built from source for minutes, and needed by this check alone

    theirs = dlib.face_recognition_model_v1(str(dat))
    differences = [
        np.abs(np.array(theirs.compute_face_descriptor(chip)) - network(chip[None].astype(np.float32)).numpy()[0])
        for chip in chips
    ]
    return float(np.max(differences))
