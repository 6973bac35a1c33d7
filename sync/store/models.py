"""All tables in one place, for Alembic's comparison and the tests."""

from sync.store import accounts, chores, company, inbox, invoices, rules, timeline
from sync.store.base import Base

__all__ = ["Base", "accounts", "chores", "company", "inbox", "invoices", "rules", "timeline"]
