"""Views as operations hand them over, filled with a believable case."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from sync.domain.invoice import LineAmountTypes, Standing, Status
from sync.domain.notes import Note, NoteCode
from sync.operations.contacts import ContactChoice
from sync.operations.draft_invoice import DraftResult
from sync.operations.panel import InvoiceRow, PanelState, PanelView
from sync.operations.preferences import Defaults, Preferences
from sync.operations.prepare_invoice import FormLine, InvoiceForm
from sync.operations.setup import ConnectedOrganisation, OrganisationChoice, SetupStep, SetupView

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)

INVOICE = InvoiceRow(
    key="0f0e",
    number="INV-0045",
    status=Status.AUTHORISED,
    standings=frozenset({Standing.PART_PAID, Standing.SENT}),
    overdue_days=0,
    total=Decimal("1190.00"),
    amount_paid=Decimal("400.00"),
    amount_due=Decimal("790.00"),
    currency="EUR",
    issue_date=date(2026, 11, 22),
    due_date=date(2026, 12, 6),
    reference="Lighthouse refit",
    as_of=NOW,
    xero_url="https://go.xero.com/organisationlogin/default.aspx?shortcode=!a",
)
OVERDUE = replace(INVOICE, key="0f0f", standings=frozenset({Standing.OVERDUE}), overdue_days=12)

PANEL = PanelView(
    state=PanelState.READY,
    deal_title="Lighthouse",
    organisation_name="Nordlicht GmbH",
    invoices=(INVOICE, OVERDUE),
    problem=None,
    can_create=True,
    etag="abc",
)

FORM = InvoiceForm(
    intent_key="intent-1",
    customer_name="Acme Lighthouses",
    customer_address="1 Harbour Road, Whitby",
    customer_email="billing@acme.example",
    contacts=(
        ContactChoice(contact_id="c-1", name="Acme Lighthouses Ltd", email="billing@acme.example", reason="link"),
        ContactChoice(contact_id="c-2", name="Acme Holding", email="", reason="similar_name"),
    ),
    chosen_contact_id="c-1",
    can_create_contact=True,
    currency="EUR",
    line_amount_types=LineAmountTypes.EXCLUSIVE,
    lines=(
        FormLine(
            description="Fresnel lens",
            quantity=Decimal(2),
            unit_amount=Decimal("4500.1234"),
            discount_percent=Decimal(5),
            discount_amount=None,
            tax_percent=Decimal(20),
            tax_type="OUTPUT2",
            tax_name="",
            item_code=None,
            account_code=None,
            amount=Decimal("8550.23"),
            warning="unlinked",
        ),
    ),
    sub_total=Decimal("8550.23"),
    total_tax=Decimal("1710.05"),
    total=Decimal("10260.28"),
    issue_date=date(2026, 11, 22),
    due_date=date(2026, 12, 6),
    reference="Lighthouse",
    notes=(Note(NoteCode.TAX_MISSING, values={"percent": Decimal("7.7")}),),
    problem=None,
)

RESULT = DraftResult(
    invoice=replace(INVOICE, status=Status.DRAFT, standings=frozenset()),
    expected_total=Decimal("1190.00"),
    xero_total=Decimal("1190.00"),
    repeated=False,
)

ORGANISATION = ConnectedOrganisation(
    name="Nordlicht GmbH", connected_by="Ada", connected_at=NOW, healthy=True, may_disconnect=True
)

SETUP = SetupView(
    step=SetupStep.DONE,
    company_name="Nordlicht",
    user_name="Ada",
    is_admin=True,
    choices=(),
    organisation=ORGANISATION,
    preferences=Preferences(),
    defaults=Defaults(),
    accounts=(("200", "Sales"),),
    pipedrive_url="https://nordlicht.pipedrive.com",
)
SETUP_STEPS = {
    SetupStep.CONNECT: replace(SETUP, step=SetupStep.CONNECT, organisation=None),
    SetupStep.CHOOSE: replace(
        SETUP, step=SetupStep.CHOOSE, organisation=None, choices=(OrganisationChoice(key="k", name="Nordlicht GmbH"),)
    ),
    SetupStep.PREFERENCES: replace(SETUP, step=SetupStep.PREFERENCES),
    SetupStep.DONE: SETUP,
}
