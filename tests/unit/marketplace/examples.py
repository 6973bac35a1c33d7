"""Views as operations hand them over, filled with a believable case."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from sync.domain.accounting import Account, BrandingTheme, DraftLine, TaxRate
from sync.domain.crm import Address
from sync.domain.due import DueKind, DueRule
from sync.domain.fields import STANDARD
from sync.domain.invoice import LineAmountTypes, Standing, Status
from sync.domain.mapping import Customer
from sync.domain.notes import Note, NoteCode
from sync.errors import ErrorCode
from sync.operations.draft_invoice import DraftResult
from sync.operations.panel import InvoiceRow, PanelState, PanelView
from sync.operations.preference_choices import Offers
from sync.operations.preferences import Defaults, Preferences
from sync.operations.prepare_invoice import Choices, FormLine, InvoiceForm
from sync.operations.reference import Reference
from sync.operations.setup import ConnectedOrganisation, Installer, OrganisationChoice, SetupStep, SetupView

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
    problems=(),
    can_create=True,
    etag="abc",
)

REFERENCE = Reference(
    currencies=("EUR", "NZD"),
    actions=frozenset({"CreateDraftInvoice"}),
    tax_rates=(TaxRate("OUTPUT2", "20% VAT", Decimal(20), is_active=True, classes=frozenset({"REVENUE"})),),
    accounts=(Account("200", "Sales", "OUTPUT2", is_active=True, account_class="REVENUE", is_system=False),),
    lock_date=date(2026, 3, 31),
    themes=(BrandingTheme("t-1", "Standard", 0),),
)
FORM = InvoiceForm(
    intent_key="intent-1",
    organisation_name="Nordlicht GmbH",
    customer=Customer(
        name="Acme Lighthouses",
        address=Address(street="1 Harbour Road", locality="Whitby"),
        email="billing@acme.example",
        tax_number="GB123",
    ),
    contact_id="c-1",
    contact_name="Acme Lighthouses Ltd",
    currency="EUR",
    treatment=LineAmountTypes.EXCLUSIVE,
    lines=(
        FormLine(
            DraftLine(
                description="Fresnel lens",
                quantity=Decimal("2.0000"),
                unit_amount=Decimal("4500.1234"),
                discount_rate=Decimal("5.0000"),
                tax_type="OUTPUT2",
                tax_percent=Decimal(20),
                own_percent=Decimal(20),
                product="7:3",
                item_code="LENS",
            ),
            item_name="Lens",
        ),
    ),
    issue_date=date(2026, 11, 22),
    due_date=date(2026, 12, 6),
    due_rule=DueRule(kind=DueKind.DAYS_AFTER_ISSUE, day=14),
    reference="Lighthouse",
    choices=Choices(
        reference=REFERENCE,
        defaults=Defaults(account="200", create_as="approve"),
        tax_types={Decimal(20): "OUTPUT2"},
        create_as={"draft": None, "submit": None, "approve": ErrorCode.NOT_ALLOWED},
    ),
    notes=(Note(NoteCode.TAX_MISSING, values={"percent": Decimal("7.7")}),),
    problem=None,
    half_written=None,
)

RESULT = DraftResult(
    invoice=replace(INVOICE, status=Status.DRAFT, standings=frozenset()),
    expected_total=Decimal("1190.00"),
    xero_total=Decimal("1190.00"),
    repeated=False,
)

ORGANISATION = ConnectedOrganisation(
    name="Nordlicht GmbH", connected_by="Ada", xero_user="Ada Lunt", connected_at=NOW, healthy=True, may_disconnect=True
)

SETUP = SetupView(
    step=SetupStep.DONE,
    company_name="Nordlicht",
    user_name="Ada",
    is_admin=True,
    installers=(Installer(user_name="Ada", installed_at=NOW, healthy=True, is_acting=True),),
    choices=(),
    organisation=ORGANISATION,
    preferences=Preferences(),
    defaults=Defaults(),
    fields=STANDARD,
    offers=Offers(accounts={"200": "Sales"}),
    pipedrive_url="https://nordlicht.pipedrive.com",
    rules=(),
)
SETUP_STEPS = {
    SetupStep.CONNECT: replace(SETUP, step=SetupStep.CONNECT, organisation=None),
    SetupStep.CHOOSE: replace(
        SETUP, step=SetupStep.CHOOSE, organisation=None, choices=(OrganisationChoice(key="k", name="Nordlicht GmbH"),)
    ),
    SetupStep.PREFERENCES: replace(SETUP, step=SetupStep.PREFERENCES),
    SetupStep.DONE: SETUP,
}
