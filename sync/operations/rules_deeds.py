"""What a rule does: it draws up an invoice, deletes drafts, wins or moves a deal, or gives its owner something to do."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, exists, or_, select

from sync.clients.failures import Forbidden, GrantDead, NotFound
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import acting_client
from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.crm import Deal
from sync.domain.invoice import Status
from sync.domain.rules import CREATES, Reaction, Rule, RuleKind, is_all_paid, is_late, moment_of_payment, still_holds
from sync.domain.timeline import Verb
from sync.domain.timezones import local_day
from sync.errors import Anticipated, ErrorCode
from sync.operations.change_invoice import Change, change_invoice
from sync.operations.identity import Person, person_of
from sync.operations.invoices import InvoiceOnDeal, invoices_of_deal, to_invoice
from sync.operations.reference import get_reference
from sync.operations.refresh_invoices import fetch_invoices
from sync.operations.rules_draft import draft_by_rule
from sync.operations.rules_ready import is_done_already, require_none_open
from sync.operations.rules_remind import remind
from sync.operations.rules_stages import get_stages
from sync.store.company import Company
from sync.store.invoices import DealInvoice, Intent
from sync.store.rules import RuleRun


@dataclass(frozen=True)
class Task:
    """One cause that is being worked off: the run, its rule, and the deal as it is now."""

    run: RuleRun
    rule: Rule
    person: Person
    client: PipedriveClient
    deal: Deal


@dataclass(frozen=True)
class Deed:
    """What was done, for the timeline: nothing where `verb` is None. `deal` is what Pipedrive answered a change with."""

    verb: Verb | None = None
    values: Mapping[str, object] | None = None
    deal: Deal | None = None


NOTHING = Deed()


def acting_person(core: Core, *, company_id: int) -> Person:
    """Give the user who acts for a company; an admin has switched the rule on, so that it may do what admins may (D5).

    :raises GrantDead: when nobody is left to act.
    :raises Anticipated: INSTALL_LAPSED.
    """
    with core.database.reading() as session:
        user_id = session.get_one(Company, company_id).acting_user_id
    if user_id is None:
        raise GrantDead("Nobody of this company has the app installed.")
    return replace(person_of(core, company_id=company_id, user_id=user_id), is_admin=True)


def react(core: Core, *, run: RuleRun, rule: Rule) -> Deed:
    """Do what a rule does about one cause, unless that is not so any more.

    :raises Anticipated: the reason for which the rule stops.
    :raises Transient: when it has to be tried again.
    """
    if is_done_already(core, run=run, rule=rule):
        return NOTHING
    person = acting_person(core, company_id=run.company_id)
    client = acting_client(core, company_id=run.company_id)
    deal = _fetched(client, deal_id=run.deal_id)
    if not still_holds(kind=rule.kind, deal=deal, stage_id=rule.stage_id):
        return NOTHING
    task = Task(run=run, rule=rule, person=person, client=client, deal=deal)
    return _DEEDS[rule.does](core, task)


def _fetched(client: PipedriveClient, *, deal_id: int) -> Deal:
    try:
        return client.get_deal(deal_id=deal_id)
    except (NotFound, Forbidden) as err:
        # Pipedrive shows what was deleted for a month: whether it is gone for good or hidden looks the same.
        raise Anticipated(ErrorCode.DEAL_HIDDEN) from err


def _create(core: Core, task: Task) -> Deed:
    draft_by_rule(core, person=task.person, run=task.run, rule=task.rule)
    # The intent tells the timeline itself.
    return NOTHING


def _delete_drafts(core: Core, task: Task) -> Deed:
    """Delete what is a draft in Xero at this moment, and nothing else."""
    organisation = get_active(core, company_id=task.run.company_id)
    get_reference(core, organisation=organisation)  # tells the rights as well
    drafts = _drafts(core, task=task, organisation_id=organisation.organisation_id)
    if drafts:
        fetch_invoices(core, organisation=organisation, invoice_ids=tuple(drafts))
        drafts = _drafts(core, task=task, organisation_id=organisation.organisation_id)
    for invoice_id in drafts:
        change_invoice(
            core,
            person=task.person,
            deal_id=task.run.deal_id,
            invoice_id=invoice_id,
            change=Change.DELETE,
            intent_key=str(uuid.uuid5(uuid.UUID(task.run.run_key), f"{invoice_id}/{task.person.user_id}")),
            rule=task.rule.kind.value,
        )
    return NOTHING


def _drafts(core: Core, *, task: Task, organisation_id: str) -> list[str]:
    with core.database.reading() as session:
        require_none_open(core, session, run=task.run, organisation_id=organisation_id)
        found = invoices_of_deal(session, company_id=task.run.company_id, deal_id=task.run.deal_id)
        meant = set(session.scalars(_there_when_set_off(task.run)))
    return [
        one.record.invoice_id
        for one in found
        if one.record.organisation_id == organisation_id
        and one.record.status == Status.DRAFT
        and one.record.invoice_id in meant
    ]


def _there_when_set_off(run: RuleRun) -> Select[str]:
    """Name the invoices that hung on the deal, or were on their way to it, when the rule was set off."""
    was_on_its_way = exists().where(
        Intent.company_id == DealInvoice.company_id,
        Intent.organisation_id == DealInvoice.organisation_id,
        Intent.invoice_id == DealInvoice.invoice_id,
        Intent.kind == "create",
        Intent.asked_at <= run.created_at,
    )
    return select(DealInvoice.invoice_id).where(
        DealInvoice.company_id == run.company_id,
        DealInvoice.deal_id == run.deal_id,
        or_(DealInvoice.linked_at <= run.created_at, was_on_its_way),
    )


def _win(_core: Core, task: Task) -> Deed:
    if task.deal.status == "won":
        return NOTHING
    answered = task.client.set_deal_status(deal_id=task.deal.deal_id, status="won")
    return Deed(Verb.DEAL_WON, deal=answered)


def _move(core: Core, task: Task) -> Deed:
    stage_id = task.rule.stage_id
    if stage_id is None or task.deal.stage_id == stage_id:
        return NOTHING
    moved_at = task.deal.stage_change_time
    if moved_at is not None and moved_at > moment_of_payment(key=task.run.cause):
        # After a long wait, or a restore: people have gone on with the deal since it was paid.
        return NOTHING
    stages = get_stages(core, person=task.person).known
    if stages and stage_id not in {stage.stage_id for stage in stages}:
        raise Anticipated(ErrorCode.STAGE_GONE)
    answered = task.client.move_deal(deal_id=task.deal.deal_id, stage_id=stage_id)
    return Deed(Verb.DEAL_MOVED, values={"stage_id": stage_id}, deal=answered)


def _when_paid(change: Callable[[Core, Task], Deed]) -> Callable[[Core, Task], Deed]:
    """Change a deal once nothing is owed on it any more; one that was given up is not changed by a payment."""

    def when_paid(core: Core, task: Task) -> Deed:
        if not is_all_paid(invoices=[to_invoice(one.record) for one in _found(core, task=task)]):
            return NOTHING
        if task.deal.status == "lost":
            raise Anticipated(ErrorCode.DEAL_LOST)
        if task.deal.is_archived:
            raise Anticipated(ErrorCode.DEAL_ARCHIVED)
        return change(core, task)

    return when_paid


def _remind(core: Core, task: Task) -> Deed:
    looked_at = _look_again(core, task=task) if task.rule.kind is RuleKind.OVERDUE else None
    found = _found(core, task=task)
    own = _own(found, task=task)
    # What hangs in an organisation that was left since could not be looked at.
    if (
        own is None
        or (looked_at is not None and own.record.organisation_id != looked_at)
        or not _is_worth_it(core, task=task, found=found, own=own)
    ):
        return NOTHING
    if not remind(core, client=task.client, run=task.run, deal=task.deal, found=own):
        return NOTHING
    return Deed(Verb.ACTIVITY_ADDED, values={"owner_id": task.deal.owner_id})


def _look_again(core: Core, *, task: Task) -> str:
    """Ask Xero whether an invoice is owed still: nobody is to be dunned for what was paid while we did not look.

    Gives the organisation that was asked.
    """
    organisation = get_active(core, company_id=task.run.company_id)
    fetch_invoices(core, organisation=organisation, invoice_ids=(task.run.invoice_id,))
    return organisation.organisation_id


def _own(found: Sequence[InvoiceOnDeal], *, task: Task) -> InvoiceOnDeal | None:
    """Find the invoice that set the rule off, if it is on the deal still."""
    return next((one for one in found if one.record.invoice_id == task.run.invoice_id), None)


def _is_worth_it(core: Core, *, task: Task, found: Sequence[InvoiceOnDeal], own: InvoiceOnDeal) -> bool:
    if task.rule.kind is RuleKind.PAID:
        return is_all_paid(invoices=[to_invoice(one.record) for one in found])
    return is_late(invoice=to_invoice(own.record), today=local_day(now=core.now(), xero_name=own.timezone))


def _found(core: Core, *, task: Task) -> list[InvoiceOnDeal]:
    with core.database.reading() as session:
        return invoices_of_deal(session, company_id=task.run.company_id, deal_id=task.run.deal_id)


_DEEDS: Mapping[Reaction, Callable[[Core, Task], Deed]] = {
    **dict.fromkeys(CREATES, _create),
    Reaction.DELETE_DRAFTS: _delete_drafts,
    Reaction.WIN: _when_paid(_win),
    Reaction.MOVE: _when_paid(_move),
    Reaction.REMIND: _remind,
}
