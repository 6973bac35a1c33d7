"""The record of who did what: ids and verbs, written in the same transaction as the deed (D31)."""

from datetime import datetime

from sqlalchemy.orm import Session

from sync.store.company import Audit


def record(
    session: Session,
    *,
    at: datetime,
    company_id: int,
    user_id: int | None,
    verb: str,
    subject: str = "",
    outcome: str = "done",
) -> None:
    """Write down one deed; `user_id` is None where a worker did it by itself."""
    session.add(Audit(at=at, company_id=company_id, user_id=user_id, verb=verb, subject=subject, outcome=outcome))
