"""An edge face kiosk: camera to screen on one small computer, network or not."""

__version__ = "0.1.0"
