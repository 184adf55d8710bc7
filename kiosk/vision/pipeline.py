"""From a frame to an observation, and from a photograph to an embedding: the vision room's parts in their order."""

from collections.abc import Sequence

from kiosk.domain.errors import FaceCount
from kiosk.domain.sight import Embedding, Face, Frame, Image, Landmarks
from kiosk.domain.verdict import Advice, Observation, Quality, Sample
from kiosk.vision import quality
from kiosk.vision.chips import align
from kiosk.vision.detector import CLEAR, Detector
from kiosk.vision.golden import Embeds
from kiosk.vision.landmarks import Mesher
from kiosk.vision.looks import look_of
from kiosk.vision.manifest import EmbeddingModel
from kiosk.vision.options import Options
from kiosk.vision.photo import find_faces
from kiosk.vision.tracker import Track, Tracker, visitor

# What the mesh must say of a face that the detector doubts. Of 69 doubted faces of LFW pictures, shrunk, 58 reach it at
# first sight, the others when they come nearer; a sleeve, noise aside always the same, got up to .92 in 300 frames.
SURE = 0.99
# A face this much smaller than the largest is somebody in the background of a portrait.
BACKGROUND = 1 / 3


class Pipeline:
    """Owns the three models and the tracker of one camera. Belongs to one thread."""

    def __init__(self, detector: Detector, mesher: Mesher, embedder: Embeds, options: Options) -> None:
        self.detector = detector
        self.mesher = mesher
        self.embedder = embedder
        self.options = options
        self._tracker = Tracker(options.tracker)
        self._visitor: int | None = None
        self._confirmed: int | None = None
        self._last: tuple[int, Embedding] | None = None

    @property
    def model(self) -> EmbeddingModel:
        """The embedding model, with its name and score table."""
        return self.embedder.model

    def refit(self, embedder: Embeds) -> None:
        """Embed with that from the next frame on; faces are followed as before."""
        self.embedder = embedder
        self._last = None  # another model made it: the two can't be compared

    def see(self, frame: Frame, want_sample: bool) -> Observation:
        """What the frame shows of the visitor; embedded only where a sample is wanted and the face is good enough."""
        faces = self.detector.detect_far(frame.lores)
        looks = [look_of(frame.lores, face) for face in faces]
        tracks = self._tracker.update(faces, frame.taken_at, looks)
        chosen, faces_seen = self._choose(frame, tracks)
        if chosen is None:
            return Observation(frame.taken_at, faces=faces_seen)
        if chosen.seen_at < frame.taken_at:
            return Observation(frame.taken_at, chosen.id, chosen.face.box, faces=faces_seen)
        found, sample = self._look_closer(frame, chosen, want_sample)
        if sample is not None:
            chosen = self._same_or_new(chosen, sample.embedding)
        return Observation(frame.taken_at, chosen.id, chosen.face.box, found, sample, faces_seen)

    def faces_of(self, image: Image) -> tuple[Face, ...]:
        """All faces of a photograph, at any distance."""
        return find_faces(self.detector, self.mesher, image)

    def landmarks_of(self, image: Image, face: Face) -> Landmarks:
        """The mesh of a face found in `image`, in its pixels."""
        return self.mesher.points(image, face)

    def embed_face(self, image: Image, face: Face) -> Embedding:
        """The embedding of a face found in `image`."""
        return self.embedder.embed(align(image, self.landmarks_of(image, face), self.model))

    def embed_photo(self, image: Image) -> tuple[Face, Embedding]:
        """The one face of a photograph and its embedding. Raises FaceCount if there is none or more than one."""
        face = self.one_face(image)
        return face, self.embed_face(image, face)

    def one_face(self, image: Image) -> Face:
        """The one face of a photograph. Raises FaceCount if there is none or more than one.

        Faces less than a third as large as the largest are background and don't count.
        """
        faces = self.faces_of(image)
        if not faces:
            raise FaceCount("there is no face in the picture: use one that shows exactly one face", 0)
        largest = max(face.box.area for face in faces)
        near = [face for face in faces if face.box.area >= largest * BACKGROUND**2]
        if len(near) > 1:
            raise FaceCount(f"there are {len(near)} faces in the picture: use one that shows exactly one", len(near))
        return near[0]

    def embed_centre(self, image: Image) -> tuple[Face, Embedding]:
        """The face nearest the centre and its embedding. Raises FaceCount if there is none."""
        faces = self.detector.detect(image) or self.faces_of(image)
        if not faces:
            raise FaceCount("there is no face in the picture", 0)
        nearest = min(faces, key=_off_centre)
        return nearest, self.embed_face(image, nearest)

    def _choose(self, frame: Frame, tracks: Sequence[Track]) -> tuple[Track | None, int]:
        """The visitor, and how many faces the frame shows; what the mesh sees no face in is neither."""
        left = list(tracks)
        chosen = visitor(left, self.options.tracker, self._visitor)
        while chosen is not None and not self._is_face(frame, chosen):
            left.remove(chosen)
            chosen = visitor(left, self.options.tracker, self._visitor)
        self._visitor = None if chosen is None else chosen.id
        return chosen, sum(track.seen_at == frame.taken_at for track in left)

    def _is_face(self, frame: Frame, track: Track) -> bool:
        """Whether the mesh too finds a face there, asked once a track: the detector alone sees some in cloth."""
        if track.id == self._confirmed:
            return True
        if track.seen_at < frame.taken_at:
            return False
        presence = self.mesher.points(frame.main, track.face).presence
        wanted = self.mesher.model.presence_threshold if track.face.score >= CLEAR else SURE
        if presence >= wanted:
            self._confirmed = track.id
        return track.id == self._confirmed

    def _look_closer(self, frame: Frame, track: Track, want_sample: bool) -> tuple[Quality, Sample | None]:
        """Cheap checks first; the mesh and the embedding only for a face that passes them."""
        limits = self.options.quality
        found = quality.assess(frame.main, track.face, None, limits)
        if not want_sample or found.advice not in (None, Advice.LOOK_AT_CAMERA):
            return found, None
        landmarks = self.mesher.points(frame.main, track.face)
        found = quality.with_pose(found, landmarks, self.mesher.model.presence_threshold, limits)
        if found.advice is not None:
            return found, None
        chip = align(frame.main, landmarks, self.model)
        return found, Sample(self.embedder.embed(chip), found, chip)

    def _same_or_new(self, track: Track, embedding: Embedding) -> Track:
        """The track, under a new identity if this embedding is not of the face that it was."""
        before, self._last = self._last, (track.id, embedding)
        if before is None or before[0] != track.id:
            return track
        least = self.model.score_table.threshold(self.options.same_face_fmr)
        if least is None or embedding.similarity(before[1]) >= least:
            return track
        renewed = self._tracker.renew(track)
        self._visitor = self._confirmed = renewed.id
        self._last = (renewed.id, embedding)
        return renewed


def _off_centre(face: Face) -> float:
    x, y = face.box.centre
    return (x - 0.5) ** 2 + (y - 0.5) ** 2
