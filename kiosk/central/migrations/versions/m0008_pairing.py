"""Pairing of kiosks: keys, counters, and the key by which central signs."""

revision = "m0008"
down_revision = "m0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
