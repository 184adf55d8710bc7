"""Frozen values and pure rules that every room speaks in; standard library and numpy only."""
