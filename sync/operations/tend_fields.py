"""Keep our deal fields as they should be: found again, made where they are missing, and given up where nobody wants them.

People rename fields and options, which harms nothing, and delete them. What is deleted is made once more; whoever deletes
it again does not want it. What cannot be had is remembered, so that an admin is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

import manifests
from sync.clients.failures import PlanLimit
from sync.clients.pipedrive.client import PipedriveClient
from sync.core import Core
from sync.domain.crm import FieldDefinition
from sync.domain.invoice import Status
from sync.store.company import DealFieldCode, DealFieldTrouble
from sync.store.invoices import DealInvoice, DealRow

log = structlog.get_logger()

#: Somebody who deletes a field so long after it was made again may not know that it was.
_MEANT = timedelta(days=30)


class FieldTrouble(StrEnum):
    """Why a field is not there, or not whole."""

    PLAN = "plan"
    DELETED = "deleted"
    OPTIONS = "options"


@dataclass(frozen=True)
class _Known:
    """What there is in Pipedrive, and what we remember of it, by slot."""

    there: Sequence[FieldDefinition]
    codes: Mapping[str, DealFieldCode]
    troubles: Mapping[str, str]


def ensure_fields(core: Core, client: PipedriveClient, *, company_id: int) -> None:
    """Find our deal fields by their codes, then by name and type, and create what is missing."""
    there = client.list_deal_fields()
    with core.database.reading() as session:
        codes = session.scalars(select(DealFieldCode).where(DealFieldCode.company_id == company_id))
        troubles = session.scalars(select(DealFieldTrouble).where(DealFieldTrouble.company_id == company_id))
        known = _Known(there, {row.slot: row for row in codes}, {row.slot: row.reason for row in troubles})
    is_full = False
    for spec in manifests.pipedrive().deal_fields:
        trouble = _trouble_before(core, known=known, slot=spec.slot)
        found = _find_field(known, spec=spec)
        if found is None and trouble is None:
            found = None if is_full else _create(client, company_id=company_id, spec=spec)
            is_full = found is None
            trouble = FieldTrouble.PLAN
        with core.database.writing() as session:
            if found is not None:
                trouble = _keep_field(core, session, company_id=company_id, spec=spec, found=found)
            else:
                # A write that names a field which is not there is refused as a whole.
                _forget(session, company_id=company_id, slot=spec.slot)
            _remember(core, session, company_id=company_id, slot=spec.slot, trouble=trouble)


def want_fields_again(session: Session, *, company_id: int) -> None:
    """Forget that a field is not wanted: an admin asks for it."""
    session.execute(
        delete(DealFieldTrouble).where(
            DealFieldTrouble.company_id == company_id, DealFieldTrouble.reason == FieldTrouble.DELETED.value
        )
    )


def _trouble_before(core: Core, *, known: _Known, slot: str) -> FieldTrouble | None:
    """Say that nobody wants a field, where it was deleted again soon after we had made it again."""
    stored = known.codes.get(slot)
    again_at = stored.made_again_at if stored else None
    is_meant = again_at is not None and core.now() - again_at < _MEANT
    return FieldTrouble.DELETED if is_meant or known.troubles.get(slot) == FieldTrouble.DELETED else None


def _find_field(known: _Known, *, spec: manifests.DealFieldSpec) -> FieldDefinition | None:
    stored = known.codes.get(spec.slot)
    by_code = next((one for one in known.there if stored and one.field_code == stored.field_code), None)
    by_name = (one for one in known.there if one.is_custom and one.name == spec.name and one.field_type == spec.type)
    return by_code or next(by_name, None)


def _create(client: PipedriveClient, *, company_id: int, spec: manifests.DealFieldSpec) -> FieldDefinition | None:
    """Create a field; None where the plan allows no more."""
    try:
        return client.create_deal_field(name=spec.name, field_type=spec.type, options=spec.options)
    except PlanLimit as err:
        log.warning("deal_field_not_allowed", company_id=company_id, slot=spec.slot, reason=str(err))
        return None


def _keep_field(
    core: Core, session: Session, *, company_id: int, spec: manifests.DealFieldSpec, found: FieldDefinition
) -> FieldTrouble | None:
    """Store a field's code and option ids; what is new to us makes every deal with invoices due.

    An option that people deleted is not made again: it may be their wish, and the other five go on.
    """
    row = session.get(DealFieldCode, (company_id, spec.slot))
    options = _options(found.options, spec=spec, stored=row)
    is_other = row is None or (row.field_code, row.options) != (found.field_code, options)
    if row is None:
        row = DealFieldCode(company_id=company_id, slot=spec.slot)
        session.add(row)
    elif row.field_code != found.field_code:
        row.made_again_at = core.now()
    row.field_code, row.options = found.field_code, options
    if is_other:
        with_invoices = select(DealInvoice.deal_id).where(DealInvoice.company_id == company_id)
        session.execute(
            update(DealRow)
            .where(DealRow.company_id == company_id, DealRow.deal_id.in_(with_invoices))
            .values(due_at=core.now(), revision=DealRow.revision + 1)
        )
    return FieldTrouble.OPTIONS if len(options) < len(spec.options) else None


def _options(
    there: Mapping[str, int], *, spec: manifests.DealFieldSpec, stored: DealFieldCode | None
) -> dict[str, int]:
    """Give the option id of each status: remembered ids first, because people rename labels, then by label."""
    remembered = {
        status: number for status, number in (stored.options if stored else {}).items() if number in there.values()
    }
    by_label = {
        status.value: there[label] for status, label in zip(Status, spec.options, strict=False) if label in there
    }
    return by_label | remembered


def _forget(session: Session, *, company_id: int, slot: str) -> None:
    row = session.get(DealFieldCode, (company_id, slot))
    if row is not None:
        session.delete(row)


def _remember(core: Core, session: Session, *, company_id: int, slot: str, trouble: FieldTrouble | None) -> None:
    row = session.get(DealFieldTrouble, (company_id, slot))
    if trouble is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = DealFieldTrouble(company_id=company_id, slot=slot, since=core.now())
        session.add(row)
    row.reason = trouble.value
