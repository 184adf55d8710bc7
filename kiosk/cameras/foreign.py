"""OpenCV's own manners: quiet, and impatient with a camera that gives nothing."""

import os

import cv2

SETTINGS = {
    # Seconds after which a USB camera without a frame gives up; by itself, OpenCV waits for ten.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
    # A file that can't be read is told in our words, not in FFmpeg's.
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}


def hushed() -> None:
    """Teach OpenCV these manners; to be called before anything is opened with it, as often as one likes.

    It reads its environment when it opens its first camera or film.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
