"""The rules that a company has switched on, and what each of their causes came to."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.base import Base


class RuleRow(Base):
    """A rule that is switched on; without a row it is off."""

    __tablename__ = "rule"
    __table_args__ = (ForeignKeyConstraint(["company_id"], ["company.company_id"]), Index(None, "look_at"))

    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    does: Mapped[str] = mapped_column(String(20))
    stage_id: Mapped[int | None] = mapped_column(BigInteger)
    #: The admin who switched it on, and when; it acts on nothing that was before.
    by: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime]
    #: When to look again for what sets it off, where nobody tells us.
    look_at: Mapped[datetime | None]


class RuleRun(Base):
    """One cause of one rule: the work that it makes, and the record of what came of it. A rule acts once per cause.

    `pending`, `running` (somebody has it until `due_at`), `done`, `stopped` (with its reason), `failed` after its tries.
    """

    __tablename__ = "rule_run"
    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["company.company_id"]),
        UniqueConstraint("company_id", "rule", "cause"),
        Index(None, "state", "due_at"),
        Index(None, "company_id", "deal_id"),
    )

    #: Made of the cause, so that what it makes in Xero is made of the cause as well.
    run_key: Mapped[str] = mapped_column(String(36), primary_key=True)
    company_id: Mapped[int] = mapped_column(BigInteger)
    rule: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(120))
    deal_id: Mapped[int] = mapped_column(BigInteger)
    invoice_id: Mapped[str] = mapped_column(String(36), default="")
    state: Mapped[str] = mapped_column(String(10), default="pending")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    #: Set before an activity is added: after a lost answer it is looked for.
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: Why it stopped or failed, or waits; and the vendor's own sentence.
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text, default="")
