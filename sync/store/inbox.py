"""What the webhooks brought: deliveries as they arrived, and the events inside them (D14, D15)."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.base import Base


class Delivery(Base):
    """One webhook request as it arrived. `pending`, `done`, or `unparseable`."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("source", "company_id", "body_hash"), Index(None, "state", "received_at"))

    delivery_id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(10))
    #: The company whose subscription it came by; 0 for Xero, which serves all of them by one address.
    company_id: Mapped[int] = mapped_column(BigInteger)
    body_hash: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="pending")


class Event(Base):
    """One event. `pending`, `done`, `ignored` (with its reason), or `set_aside` after its tries."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("source", "tenant", "category", "resource_id", "type", "identity"),
        Index(None, "source", "state", "tenant"),
        Index(None, "received_at"),
    )

    event_id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(10))
    #: Xero's tenant id, or the Pipedrive company's id.
    tenant: Mapped[str] = mapped_column(String(36))
    category: Mapped[str] = mapped_column(String(20))
    resource_id: Mapped[str] = mapped_column(String(36))
    type: Mapped[str] = mapped_column(String(20))
    #: What tells two events apart: Xero's date, Pipedrive's `meta.id`.
    identity: Mapped[str] = mapped_column(String(60))
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    worked_at: Mapped[datetime | None]
    merged_to: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    #: A sweep has not shown what it is about (D17): it is asked for by its id.
    by_id: Mapped[bool] = mapped_column(default=False, server_default=false())
