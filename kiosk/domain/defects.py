"""Where a defect was: for logs, which hold no word of what it was about."""

import traceback


def places(error: BaseException) -> list[str]:
    """Where a defect went through, and its kind; not its message, which may quote what it was about."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames] + [
        type(error).__name__
    ]
