"""Tests of the store, each on real SQLite in a folder of its own."""
