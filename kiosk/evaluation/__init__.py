"""Accuracy and speed, measured on labelled faces and printed as figures; nothing here runs in the kiosk itself."""
