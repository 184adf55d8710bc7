"""Faces in photographs that are looked at and forgotten: detect, compare, identify."""
