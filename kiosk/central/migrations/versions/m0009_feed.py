"""The feed of changes, receipts of erasures, dead letters, conflicts."""

revision = "m0009"
down_revision = "m0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
