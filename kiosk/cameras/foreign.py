"""OpenCV's own settings, which it takes from the environment the first time it opens anything."""

import os

SETTINGS = {
    # Seconds after which a USB camera without a frame gives up; by itself, OpenCV waits for ten.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
    # A file that can't be read is told in our words, not in FFmpeg's.
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_LOG_LEVEL": "SILENT",
}


def hushed() -> None:
    """Make OpenCV quiet and impatient; to be called before anything is opened with it."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
