"""All tables in one place, for Alembic's comparison and the tests."""

from sync.store import accounts, company, inbox, invoices, timeline
from sync.store.base import Base

__all__ = ["Base", "accounts", "company", "inbox", "invoices", "timeline"]
