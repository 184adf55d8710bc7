"""Alembic's way in, and one file for each version of the tables."""
