"""What is due for the house as a whole, whichever tenants there are (D14)."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.base import Base


class Chore(Base):
    """One periodic chore; a row comes with its first run."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime]
    #: Of the watch: where it is not kept before this, nobody is at work. `gap_at` is when it last found that it was so.
    kept_until: Mapped[datetime | None]
    gap_at: Mapped[datetime | None]
