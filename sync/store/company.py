"""A Pipedrive company, its installations, what it prefers, and what it registered in Pipedrive."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.base import Base


class Company(Base):
    """One Pipedrive company account. `tend_due_at` says when its webhooks and fields want looking after (D14)."""

    __tablename__ = "company"

    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    default_currency: Mapped[str] = mapped_column(String(3))
    api_domain: Mapped[str] = mapped_column(Text)
    acting_user_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    tend_due_at: Mapped[datetime | None] = mapped_column(index=True)
    tend_tries: Mapped[int] = mapped_column(default=0)
    #: When its deals want comparing with what we have of them; None: at once. `compared_to` is how far that has come.
    compare_due_at: Mapped[datetime | None] = mapped_column(index=True)
    compared_to: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    parked_until: Mapped[datetime | None]
    #: Which limit it was: `concurrent`, `minute`, `day`, `appminute`, `burst`, `daily`, or empty.
    parked_reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    preferences_saved_at: Mapped[datetime | None]
    #: Field definitions of deals, persons and organizations, as read at `fields_at`.
    fields: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    fields_at: Mapped[datetime | None]
    #: The stages of its pipelines, as read at `stages_at`.
    stages: Mapped[list[Any] | None] = mapped_column(deferred=True)
    stages_at: Mapped[datetime | None]


class Installation(Base):
    """One Pipedrive user of a company who installed the app; owns that user's tokens."""

    __tablename__ = "installation"
    __table_args__ = (ForeignKeyConstraint(["company_id"], ["company.company_id"]),)

    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    is_admin: Mapped[bool]
    language: Mapped[str] = mapped_column(String(20))
    locale: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(Text)
    installed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: `active`, or `lapsed` once the refresh token was refused for good.
    state: Mapped[str] = mapped_column(String(10), default="active")
    access_token: Mapped[str] = mapped_column(Text)
    refresh_token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    refreshing_until: Mapped[datetime | None]


class PipedriveWebhook(Base):
    """A subscription of ours in Pipedrive. Written before it is registered, because Pipedrive probes the address."""

    __tablename__ = "pipedrive_webhook"
    __table_args__ = (ForeignKeyConstraint(["company_id"], ["company.company_id"]), Index(None, "company_id"))

    key: Mapped[str] = mapped_column(String(43), primary_key=True)
    company_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(20))
    entity: Mapped[str] = mapped_column(String(40))
    username: Mapped[str] = mapped_column(String(43))
    #: SHA-256 of the password: it is random and long, so nothing slower is needed.
    password_hash: Mapped[str] = mapped_column(String(64))
    webhook_id: Mapped[int | None] = mapped_column(BigInteger)
    registered_at: Mapped[datetime | None]


class DealFieldCode(Base):
    """Which of the company's deal fields is which of ours; `options` maps our label to Pipedrive's option id."""

    __tablename__ = "deal_field"

    company_id: Mapped[int] = mapped_column(ForeignKey("company.company_id"), primary_key=True)
    slot: Mapped[str] = mapped_column(String(30), primary_key=True)
    field_code: Mapped[str] = mapped_column(String(60))
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: When it was last made anew because people had deleted it.
    made_again_at: Mapped[datetime | None]


class DealFieldTrouble(Base):
    """Which of our deal fields a company lacks, or has in part, and why: `plan`, `deleted` or `options`."""

    __tablename__ = "deal_field_trouble"

    company_id: Mapped[int] = mapped_column(ForeignKey("company.company_id"), primary_key=True)
    slot: Mapped[str] = mapped_column(String(30), primary_key=True)
    reason: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]


class PreferenceChange(Base):
    """Who changed the preferences, and what: `changes` maps a preference to its value before and after (F5)."""

    __tablename__ = "preference_change"
    __table_args__ = (ForeignKeyConstraint(["company_id"], ["company.company_id"]), Index(None, "company_id", "at"))

    change_id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Ticket(Base):
    """A one-time key: the state of a consent under way, or the door from a frame to the top level."""

    __tablename__ = "ticket"

    #: SHA-256 of the key that went out.
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    #: Empty until Pipedrive has said who installs.
    company_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    deal_id: Mapped[int | None] = mapped_column(BigInteger)
    #: What the ticket opens, where its purpose is about one thing.
    subject: Mapped[str] = mapped_column(String(36), default="", server_default=text("''"))
    browser_hash: Mapped[str] = mapped_column(String(64), default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Audit(Base):
    """Who did what, when: ids and verbs only, never changed, outliving the company (D31)."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "company_id", "at"),)

    audit_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    company_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    verb: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100), default="")
    outcome: Mapped[str] = mapped_column(String(40), default="done")
