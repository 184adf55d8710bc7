"""Rebuilds every committed model from pinned packages: `python -m models.build --help`. Needs the extra `.[models]`."""
