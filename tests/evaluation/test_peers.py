"""Other face software in processes of their own, with a stand-in that follows face_recognition's interface."""

import sys
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.errors import NotFound
from kiosk.evaluation.peers import Peer, PeerName, PeerRecogniser

FAKES = Path(__file__).parents[1] / "fakes" / "peers"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python in which the stand-ins are installed."""
    path = tmp_path / "python"
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{FAKES}" exec "{sys.executable}" "$@"\n')
    path.chmod(0o755)
    return path


def test_a_peer_times_its_stages_on_a_frame(python: Path, tmp_path: Path) -> None:
    frame = tmp_path / "frame.npy"
    np.save(frame, np.zeros((480, 640, 3), np.uint8))
    with Peer(PeerName.FACE_RECOGNITION, python) as peer:
        stages = peer.ask({"frame": str(frame)})["stages"]
        assert {"decision", "embed", "detect"} <= set(stages)
        assert all(0 <= peer.ask({"time": stage})["seconds"] < 1 for stage in stages)


def test_a_peer_embeds_the_face_nearest_the_centre(python: Path) -> None:
    with Peer(PeerName.FACE_RECOGNITION, python) as peer:
        recogniser = PeerRecogniser(peer)
        recogniser.begin(Path("two-faces.jpg"))
        vector = recogniser.vector()
        assert vector is not None
        assert vector.tolist() == [150, 200, 250, 100]  # the stand-in's vector is the face's box


def test_a_picture_without_a_face_has_no_vector(python: Path) -> None:
    with Peer(PeerName.FACE_RECOGNITION, python) as peer:
        recogniser = PeerRecogniser(peer)
        recogniser.begin(Path("no-face.jpg"))
        assert recogniser.vector() is None


def test_what_a_peer_prints_does_not_get_between_the_answers(python: Path) -> None:
    with Peer(PeerName.FACE_RECOGNITION, python) as peer:
        assert "vector" in peer.ask({"vector": "chatty.jpg"})


def test_a_peer_that_is_not_installed_is_named_with_what_to_install(python: Path) -> None:
    with (
        pytest.raises(NotFound, match=r"mediapipe can't be measured: .*'\.\[bench\]'"),
        Peer(PeerName.MEDIAPIPE, python),
    ):
        pass


def test_a_python_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="no-such-python"), Peer(PeerName.HAAR, Path("no-such-python")):
        pass


def test_a_peer_that_dies_is_noticed(python: Path) -> None:
    with Peer(PeerName.FACE_RECOGNITION, python) as peer, pytest.raises(NotFound, match="ended"):
        peer.ask({"vector": "deadly.jpg"})


def test_a_closed_peer_says_so(python: Path) -> None:
    with Peer(PeerName.FACE_RECOGNITION, python) as peer:
        pass
    with pytest.raises(NotFound, match="ended"):
        peer.ask({"vector": "two-faces.jpg"})
