"""The tables of policies."""
