"""Which fields a company has in Pipedrive, kept with their age."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead, TokenExpired
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import client_for
from sync.core import Core
from sync.domain.crm import FieldDefinition
from sync.domain.fields import DELETED, STANDARD, SourceField, Use, remember_deleted, source_of, trouble_with
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations.identity import Person
from sync.operations.meanwhile import ask_meanwhile
from sync.operations.preferences import Preferences
from sync.store.company import Company, DealFieldCode

log = structlog.get_logger()

_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class CompanyFields:
    """The fields by source, as of the last look; `problem` is why Pipedrive could not be asked just now, or None."""

    known: Mapping[str, SourceField]
    read_at: datetime | None
    problem: ErrorCode | None = None


def usable(*, preferences: Preferences, fields: CompanyFields) -> Preferences:
    """Leave out the fields that are gone or that hold something else now: invoices are filled without them.

    Until the fields have been read once, nobody knows that one is missing.
    """
    if fields.read_at is None:
        return preferences
    troubled = {
        use.value: ""
        for use in Use
        if trouble_with(source=getattr(preferences, use.value), use=use, known=fields.known) is not None
    }
    return replace(preferences, **troubled)  # type: ignore[arg-type]  # sources are text


def get_company_fields(core: Core, *, person: Person) -> CompanyFields:
    """Give the fields, read again where they are over an hour old and Pipedrive can be asked.

    :raises Anticipated: INSTALL_LAPSED.
    """
    kept = find_company_fields(core, company_id=person.company_id)
    if kept.read_at is not None and core.now() - kept.read_at < _LASTS:
        return kept
    return pull_company_fields(core, person=person)


def find_company_fields(core: Core, *, company_id: int) -> CompanyFields:
    """Give the fields as they are kept; until they were read for the first time, those that every company has."""
    with core.database.reading() as session:
        return read_company_fields(session, company_id=company_id)


def read_company_fields(session: Session, *, company_id: int) -> CompanyFields:
    """Give the same within a session."""
    row = session.execute(
        select(Company.fields, Company.fields_at).where(Company.company_id == company_id)
    ).one_or_none()
    if row is None or not row.fields:
        return CompanyFields(known=STANDARD, read_at=None)
    return CompanyFields(known=_from_stored(row.fields), read_at=row.fields_at)


def pull_company_fields(core: Core, *, person: Person) -> CompanyFields:
    """Read the definitions from Pipedrive and keep them: three calls at once. What cannot be read stays as it was.

    Only what an admin does not find is gone: a field may be hidden from anybody else.

    :raises Anticipated: INSTALL_LAPSED.
    """
    try:
        known = _pull(client_for(core, company_id=person.company_id, user_id=person.user_id))
    except InstepError as err:
        problem = problem_of(err)
        log.warning("fields_kept", company_id=person.company_id, reason=str(err))
        return replace(find_company_fields(core, company_id=person.company_id), problem=problem)
    with core.database.writing() as session:
        company = session.get_one(Company, person.company_id, with_for_update=True)
        ours = session.scalars(select(DealFieldCode.field_code).where(DealFieldCode.company_id == person.company_id))
        ours_by_source = {f"deal.{code}" for code in ours}
        before = _from_stored(company.fields or {})
        known = remember_deleted(
            known=[field for field in known if field.source not in ours_by_source],
            before=before,
            chosen=[company.preferences.get(name, "") for name in Use],
        )
        if not person.is_admin:
            found = {field.source: field for field in known if field.field_type != DELETED}
            known = tuple({**before, **found}.values())
        company.fields = {field.source: asdict(field) for field in known}
        company.fields_at = core.now()
    return CompanyFields(known={field.source: field for field in known}, read_at=core.now())


def problem_of(err: InstepError) -> ErrorCode:
    """Say why Pipedrive gave no answer to a page that can do without it.

    :raises Anticipated: INSTALL_LAPSED.
    """
    if isinstance(err, GrantDead | TokenExpired):
        raise Anticipated(ErrorCode.INSTALL_LAPSED) from err
    return err.code if isinstance(err, Anticipated | Transient) else ErrorCode.PIPEDRIVE_REFUSED


def _pull(client: PipedriveClient) -> tuple[SourceField, ...]:
    with ThreadPoolExecutor(max_workers=3) as pool:
        asked = {
            "org": ask_meanwhile(pool=pool, ask=client.list_organization_fields),
            "person": ask_meanwhile(pool=pool, ask=client.list_person_fields),
            "deal": ask_meanwhile(pool=pool, ask=client.list_deal_fields),
        }
        read = [field for entity, answer in asked.items() for field in _fields(entity, answer.result())]
    # What every company has is there, by whatever code Pipedrive may list it.
    return tuple({**STANDARD, **{field.source: field for field in read}}.values())


def _fields(entity: str, definitions: Iterable[FieldDefinition]) -> Iterable[SourceField]:
    for one in definitions:
        source = source_of(entity=entity, field_code=one.field_code)
        yield SourceField(source=source, name=one.name, field_type=one.field_type, is_custom=one.is_custom)


def _from_stored(stored: dict[str, Any]) -> dict[str, SourceField]:
    return {source: SourceField(**field) for source, field in stored.items()}
