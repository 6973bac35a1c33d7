"""Draw up the invoice of a deal because a rule says so: the window's own steps, and a stop where a person would be asked."""

from dataclasses import replace

from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.due import due_date
from sync.domain.line_checks import catalogue, line_problems, settled_line
from sync.domain.notes import NoteCode
from sync.domain.rule_stops import stop_before, stop_of
from sync.domain.rules import Reaction, Rule
from sync.domain.totals import totals
from sync.errors import Anticipated, ErrorCode
from sync.operations.check_draft import DraftRequest, InputRefused, check_draft
from sync.operations.customer import show_customer
from sync.operations.draft_invoice import draft_invoice
from sync.operations.identity import Person
from sync.operations.prepare_invoice import InvoiceForm, Opening, Preview, prepare_invoice
from sync.operations.reference import get_items
from sync.store.rules import RuleRun


def draft_by_rule(core: Core, *, person: Person, run: RuleRun, rule: Rule) -> None:
    """Create the invoice for a run that has not made it yet, and submit or approve it where the rule says so.

    :raises Anticipated: the reason for which the rule stops; IN_PROGRESS while the end of a create is not known.
    :raises Transient: OUTCOME_UNKNOWN while nobody can tell whether it was made; a worker finds out.
    """
    opening = Opening(intent_id=run.run_key, rule=rule.kind.value)
    form = prepare_invoice(core, person=person, deal_id=run.deal_id, opening=opening)
    require_certain(form, does=rule.does)
    customer = show_customer(core, person=person, deal_id=run.deal_id, intent_key=form.intent_key)
    if customer.contact is None or customer.doubt is not None:
        raise Anticipated(customer.doubt or ErrorCode.CONTACT_UNSURE)
    contact_id = customer.contact.contact_id
    request = filled_request(core, person=person, form=form, contact_id=contact_id, does=rule.does)
    if customer.due_rule is not None:
        request = replace(request, due_date=due_date(issue_date=form.issue_date, rule=customer.due_rule))
    try:
        draft_invoice(core, person=person, deal_id=run.deal_id, request=request)
    except InputRefused as err:
        raise _as_stop(err, request=request) from err


def check_preview(core: Core, *, person: Person, preview: Preview, contact_id: str, does: Reaction) -> None:
    """Find out whether a rule could make this invoice; nothing is written, here or there.

    :raises Anticipated: the reason for which the rule would stop.
    """
    form = preview.form
    require_certain(form, does=does)
    request = filled_request(core, person=person, form=form, contact_id=contact_id, does=does)
    items = get_items(core, organisation=get_active(core, company_id=person.company_id))
    try:
        check_draft(request, person=person, prepared=preview.prepared, reference=form.choices.reference, items=items)
    except InputRefused as err:
        raise _as_stop(err, request=request) from err


def _as_stop(err: InputRefused, *, request: DraftRequest) -> Anticipated:
    code, detail = stop_of(err.problems, lines=request.lines)
    return Anticipated(code, detail=detail)


def require_certain(form: InvoiceForm, *, does: Reaction) -> None:
    """Stop where the window would leave a decision to a person.

    :raises Anticipated: the reason.
    """
    if form.problem is not None:
        raise Anticipated(form.problem, detail=form.currency if form.problem is ErrorCode.CURRENCY_NOT_ENABLED else "")
    if not form.contact_id and any(note.code is NoteCode.CUSTOMER_HIDDEN for note in form.notes):
        raise Anticipated(ErrorCode.CUSTOMER_HIDDEN)
    stop = stop_before(form.notes, does=does, treatment=form.treatment)
    if stop is not None:
        raise Anticipated(stop[0], detail=stop[1])


def filled_request(core: Core, *, person: Person, form: InvoiceForm, contact_id: str, does: Reaction) -> DraftRequest:
    """Fill the window as it came; every priced line must be linked and taxed, also for a draft.

    :raises Anticipated: the reason for which a rule stops.
    """
    organisation = get_active(core, company_id=person.company_id)
    lines = tuple(one.line for one in form.lines)
    names_items = any(line.item_code for line in lines)
    known = catalogue(
        rates=form.choices.reference.tax_rates,
        accounts=form.choices.reference.accounts,
        items=get_items(core, organisation=organisation) if names_items else (),
    )
    problems = line_problems(lines, known=known, treatment=form.treatment, stays_draft=False)
    if problems:
        code, detail = stop_of(problems, lines=lines)
        raise Anticipated(code, detail=detail)
    settled = tuple(settled_line(line, known=known, treatment=form.treatment) for line in lines)
    return DraftRequest(
        intent_key=form.intent_key,
        contact_id=contact_id,
        update_contact=(),
        treatment=form.treatment,
        currency=form.currency,
        theme_id=form.choices.defaults.theme_id,
        issue_date=form.issue_date,
        due_date=form.due_date,
        reference=form.reference,
        create_as=does.value,
        lines=lines,
        seen_total=totals(lines=settled, treatment=form.treatment).total,
    )
