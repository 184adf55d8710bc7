"""The tables of kiosks."""
