"""Runs other face software in a process of its own, which need not even have this kiosk: started as a plain script.

One JSON object a line: a request on stdin, its answer on stdout. The parts of one peer share what they have found.
Only the standard library, numpy and the peers themselves may be imported here.
"""

import json
import sys
import timeit
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Work = Callable[[], object]
Boxes = list[tuple[int, int, int, int]]


class FaceRecognition:
    """`face_recognition` on dlib: HOG detector, five points, ResNet-29. `search` is how often it enlarges a picture."""

    def __init__(self) -> None:
        import dlib
        import face_recognition

        self.api = face_recognition
        self.known = np.full(128, 0.1)
        folder = face_recognition.api.face_recognition_models
        self.points = dlib.shape_predictor(folder.pose_predictor_five_point_model_location())
        self.encoder = dlib.face_recognition_model_v1(folder.face_recognition_model_location())
        self.rectangle = dlib.rectangle

    def stages(self, frame: Frame) -> dict[str, Work]:
        """What can be timed on a frame (h, w, 3) RGB."""
        boxes = self.api.face_locations(frame)
        top, right, bottom, left = boxes[0]
        shape = self.points(frame, self.rectangle(left, top, right, bottom))
        return {
            "decision": lambda: self._decide(frame, 0),
            "decision_as_installed": lambda: self._decide(frame, 1),
            "detect": lambda: self.api.face_locations(frame, 0),
            "embed": lambda: self.encoder.compute_face_descriptor(frame, shape),
        }

    def _decide(self, frame: Frame, search: int) -> object:
        boxes = self.api.face_locations(frame, search) or self.api.face_locations(frame)
        vectors = self.api.face_encodings(frame, boxes)
        return self.api.compare_faces([self.known], vectors[0])

    def vector(self, path: str) -> list[float] | None:
        """The vector of the face nearest the centre, None if none is found."""
        picture = self.api.load_image_file(path)
        boxes: Boxes = self.api.face_locations(picture)
        if not boxes:
            return None
        height, width = picture.shape[:2]

        def off_centre(box: tuple[int, int, int, int]) -> float:
            top, right, bottom, left = box
            return float((left + right - width) ** 2 + (top + bottom - height) ** 2)

        nearest = min(boxes, key=off_centre)
        vector: list[float] = self.api.face_encodings(picture, [nearest])[0].tolist()
        return vector


class MediaPipe:
    """`mediapipe`: short-range BlazeFace, and the 468-point mesh on a still picture."""

    def __init__(self) -> None:
        import mediapipe

        solutions = mediapipe.solutions
        self.detector = solutions.face_detection.FaceDetection(model_selection=0, min_detection_confidence=0.5)
        self.mesh = solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1)

    def stages(self, frame: Frame) -> dict[str, Work]:
        """What can be timed on a frame (h, w, 3) RGB."""
        return {"detect": lambda: self.detector.process(frame), "detect_landmarks": lambda: self.mesh.process(frame)}


class Haar:
    """OpenCV's Haar cascade for frontal faces."""

    def __init__(self) -> None:
        api: Any = import_module("cv2")  # OpenCV 5 has no cascades any more, and its types say so
        api.setNumThreads(1)
        self.grey: Callable[[Frame], Any] = lambda frame: api.cvtColor(frame, api.COLOR_RGB2GRAY)
        self.cascade = api.CascadeClassifier(api.data.haarcascades + "haarcascade_frontalface_default.xml")

    def stages(self, frame: Frame) -> dict[str, Work]:
        """What can be timed on a frame (h, w, 3) RGB."""
        return {"detect": lambda: self.cascade.detectMultiScale(self.grey(frame), 1.1, 5)}


PEERS = {"face_recognition": FaceRecognition, "mediapipe": MediaPipe, "haar": Haar}


class Worker:
    """Answers requests for one peer: `open`, then `frame` and `time`, or `vector`."""

    def __init__(self) -> None:
        self.peer: Any = None
        self.stages: dict[str, Work] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What is written back for that request."""
        match request:
            case {"open": name}:
                self.peer = PEERS[name]()
                return {}
            case {"frame": path}:
                self.stages = self.peer.stages(np.load(path))
                return {"stages": list(self.stages)}
            case {"time": stage}:
                return {"seconds": timeit.Timer(self.stages[stage]).timeit(1)}
            case {"vector": path}:
                return {"vector": self.peer.vector(path)}
        return {"error": "that request is not known"}


def main() -> None:
    """Answer until stdin ends. A peer that can't be imported, or finds no face, answers with `error`."""
    worker, answers = Worker(), sys.stdout
    sys.stdout = sys.stderr  # what a peer prints must not get between the answers
    for line in sys.stdin:
        try:
            found = worker.answer(json.loads(line))
        except (ImportError, AttributeError, IndexError, OSError, RuntimeError, SystemExit) as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(found) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
