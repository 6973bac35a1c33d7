"""The fields of deals and contacts: read, created, and written on a deal."""

from datetime import UTC, datetime
from decimal import Decimal

import responses
from responses import matchers

from sync.domain.crm import FieldDefinition
from tests.unit.clients.samples import a_deal, a_field
from tests.unit.clients.vendors import COMPANY, a_pipedrive_client, data

V2 = f"{COMPANY}/api/v2"


def test_fields_keep_the_numbered_options_only(web: responses.RequestsMock) -> None:
    ours = {**a_field(), "options": [{"id": 7, "label": "Draft"}, {"id": 8, "label": "Paid"}]}
    built_in = {**a_field(field_code="status", is_custom_field=False), "options": [{"id": "open", "label": "Open"}]}
    web.get(f"{V2}/dealFields", body=data([ours, built_in, a_field(options=None)]))

    first, second, third = a_pipedrive_client().list_deal_fields()

    assert first == FieldDefinition("f" * 40, "Xero invoice status", "enum", {"Draft": 7, "Paid": 8}, is_custom=True)
    assert (second.options, second.is_custom) == ({}, False)
    assert third.options == {}


def test_fields_of_contacts_are_read_alike(web: responses.RequestsMock) -> None:
    web.get(f"{V2}/personFields", body=data([a_field(field_code="emails", field_type="varchar")]))
    web.get(f"{V2}/organizationFields", body=data([a_field(field_code="vat")]))

    assert [one.field_code for one in a_pipedrive_client().list_person_fields()] == ["emails"]
    assert [one.field_code for one in a_pipedrive_client().list_organization_fields()] == ["vat"]


def test_a_field_is_created_with_its_options(web: responses.RequestsMock) -> None:
    wanted = {"field_name": "Xero invoice status", "field_type": "enum", "options": [{"label": "Draft"}]}
    created = {**a_field(), "options": [{"id": 7, "label": "Draft"}]}
    web.post(f"{V2}/dealFields", body=data(created), match=[matchers.json_params_matcher(wanted)])

    made = a_pipedrive_client().create_deal_field(name="Xero invoice status", field_type="enum", options=["Draft"])

    assert made.options == {"Draft": 7}


def test_a_text_field_is_created_without_options(web: responses.RequestsMock) -> None:
    wanted = {"field_name": "Xero invoice number", "field_type": "varchar"}
    web.post(f"{V2}/dealFields", body=data(a_field()), match=[matchers.json_params_matcher(wanted)])

    a_pipedrive_client().create_deal_field(name="Xero invoice number", field_type="varchar", options=())


def test_only_custom_fields_are_written_and_to_the_cent(web: responses.RequestsMock) -> None:
    sent = web.patch(f"{V2}/deals/1", body=data(a_deal()))
    values = {"a" * 40: {"value": Decimal("1234567890123.45"), "currency": "EUR"}, "b" * 40: None, "c" * 40: 7}

    after = a_pipedrive_client().update_deal_fields(deal_id=1, values=values)

    assert sent.calls[0].request.body == (
        b'{"custom_fields":{"%s":{"value":1234567890123.45,"currency":"EUR"},"%s":null,"%s":7}}'
        % (b"a" * 40, b"b" * 40, b"c" * 40)
    )
    assert after.update_time == datetime(2026, 11, 2, 10, 4, 5, tzinfo=UTC)
