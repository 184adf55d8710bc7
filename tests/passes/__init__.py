"""Tests of QR passes."""
