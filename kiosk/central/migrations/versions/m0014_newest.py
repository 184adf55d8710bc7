"""What is new in the feed, and who came last, is found without reading the rest."""

from alembic import op

revision = "m0014"
down_revision = "m0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the version before on."""
    op.create_index(op.f("ix_changes_position"), "changes", ["position"], unique=False)
    op.create_index(op.f("ix_people_created_utc_id"), "people", ["created_utc", "id"], unique=False)
    op.create_index(op.f("ix_deliveries_hook_id"), "deliveries", ["hook", "id"], unique=False)
    op.create_index(op.f("ix_events_kiosk_position"), "events", ["kiosk", "position"], unique=False)
    op.create_index(op.f("ix_job_items_job_who"), "job_items", ["job", "who"], unique=False)
    # Each heart-beat writes that column; nothing looks for kiosks by it.
    op.drop_index(op.f("ix_kiosks_heard_utc"), "kiosks")
