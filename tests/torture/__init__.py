"""Rough treatment: power cuts, kills, forged passes. `scripts/torture` runs it at length."""
