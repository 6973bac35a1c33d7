"""What happened to an invoice, in the order in which we came to know of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.base import Base


class Happening(Base):
    """One entry of a timeline: who did what, on which side, when. It belongs to the invoice, and outlives its link."""

    __tablename__ = "happening"
    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["company.company_id"]),
        Index(None, "company_id", "invoice_id"),
    )

    happening_id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(BigInteger)
    #: The deal that the invoice hung on then.
    deal_id: Mapped[int] = mapped_column(BigInteger)
    #: Empty, like the invoice, where a rule stopped before there was one.
    organisation_id: Mapped[str | None] = mapped_column(String(36))
    invoice_id: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]
    #: `instep`, `xero` or `pipedrive`.
    side: Mapped[str] = mapped_column(String(10))
    #: The Pipedrive user who did it, or the rule; neither where it was done in Xero.
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    rule: Mapped[str] = mapped_column(String(40), default="", server_default=text("''"))
    verb: Mapped[str] = mapped_column(String(20))
    #: What belongs to the verb; amounts are decimal text with their currency.
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
