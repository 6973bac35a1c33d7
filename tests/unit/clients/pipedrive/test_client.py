"""The Pipedrive verbs: what goes out, and what the answers become."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import responses
from responses import matchers

from sync.clients.failures import TokenExpired, Unreadable
from sync.domain.crm import CrmUser, Deal, DealDiscount, DealProduct, DiscountType, TaxMethod
from tests.unit.clients.samples import a_deal, a_product, a_user
from tests.unit.clients.vendors import COMPANY, Tokens, a_pipedrive_client, data

V1, V2 = f"{COMPANY}/v1", f"{COMPANY}/api/v2"


def test_me_says_who_installed_the_app_and_in_which_language(web: responses.RequestsMock) -> None:
    web.get(
        f"{V1}/users/me",
        body=data(a_user()),
        match=[matchers.header_matcher({"Authorization": "Bearer token-1", "User-Agent": "instep-test"})],
    )

    assert a_pipedrive_client().me() == CrmUser(
        user_id=1,
        name="Me",
        email="me@pipedrive.com",
        company_id=54235233,
        company_name="Pipedrive",
        company_domain="pipedrive-12g53f",
        company_country="EE",
        default_currency="EUR",
        timezone_name="Europe/Berlin",
        language_code="en",
        locale="et_EE",
        is_admin=True,
    )


@pytest.mark.parametrize(
    ("access", "is_admin"),
    [
        ([{"app": "sales", "admin": False}, {"app": "global", "admin": True}], True),
        ([{"app": "sales", "admin": False}, {"app": "projects", "admin": True}], False),
        ([], False),
        (None, False),
    ],
)
def test_an_admin_is_an_admin_of_deals_or_of_the_account(
    web: responses.RequestsMock, access: object, *, is_admin: bool
) -> None:
    web.get(f"{V1}/users/me", body=data(a_user(access=access, language=None)))

    me = a_pipedrive_client().me()

    assert (me.is_admin, me.language_code) == (is_admin, "en")


def test_a_deal_keeps_its_money_exact(web: responses.RequestsMock) -> None:
    body = data(a_deal()).replace('"value": 200', '"value": 1234567.891')
    web.get(f"{V2}/deals/1", body=body)

    assert a_pipedrive_client().get_deal(deal_id=1) == Deal(
        deal_id=1,
        title="Deal Title",
        status="open",
        currency="USD",
        value=Decimal("1234567.891"),
        owner_id=1,
        person_id=2,
        org_id=None,
        stage_id=1,
        pipeline_id=1,
        is_deleted=False,
        is_archived=False,
        update_time=datetime(2026, 11, 2, 10, 4, 5, tzinfo=UTC),
        custom_fields={"abc": {"value": Decimal("12.50"), "currency": "EUR"}, "def": None},
        add_time=datetime(2026, 11, 1, 8, tzinfo=UTC),
    )


def test_a_new_deal_was_last_changed_when_it_was_made(web: responses.RequestsMock) -> None:
    web.get(f"{V2}/deals/1", body=data(a_deal(update_time=None, value=None, add_time="2026-11-01 08:00:00")))

    found = a_pipedrive_client().get_deal(deal_id=1)

    assert (found.update_time, found.value) == (datetime(2026, 11, 1, 8, tzinfo=UTC), None)


@pytest.mark.parametrize("missing", ["id", "title", "status", "currency", "owner_id"])
def test_a_deal_without_what_is_promised_is_unreadable(web: responses.RequestsMock, missing: str) -> None:
    web.get(f"{V2}/deals/1", body=data(a_deal(**{missing: None})))

    with pytest.raises(Unreadable, match=missing):
        a_pipedrive_client().get_deal(deal_id=1)


def test_products_come_page_after_page(web: responses.RequestsMock) -> None:
    url, first = f"{V2}/deals/1/products", {"sort_by": "order_nr", "limit": "500"}
    web.get(
        url,
        body=data([a_product()], next_cursor="c2"),
        match=[matchers.query_param_matcher(first)],
    )
    web.get(
        url,
        body=data([a_product(id=4, discount_type="amount", tax_method="none", order_nr=None)], next_cursor=None),
        match=[matchers.query_param_matcher({**first, "cursor": "c2"})],
    )

    pencil, other = a_pipedrive_client().get_deal_products(deal_id=1)

    assert pencil == DealProduct(
        attachment_id=3,
        product_id=1,
        variation_id=None,
        name="Mechanical Pencil",
        comments="",
        price=Decimal("90.05"),
        quantity=Decimal(1),
        discount=Decimal("2.5"),
        discount_type=DiscountType.PERCENTAGE,
        tax=Decimal(20),
        tax_method=TaxMethod.INCLUSIVE,
        currency="USD",
        is_enabled=True,
        order=50,
        billing_frequency="one-time",
    )
    assert (other.attachment_id, other.discount_type, other.tax_method) == (4, DiscountType.AMOUNT, TaxMethod.NONE)


def test_pages_without_end_are_given_up(web: responses.RequestsMock) -> None:
    again = web.get(f"{V2}/dealFields", body=data([], next_cursor="again"))

    with pytest.raises(Unreadable, match="more than 20 pages"):
        a_pipedrive_client().list_deal_fields()

    assert again.call_count == 20


def test_discounts_on_the_whole_deal(web: responses.RequestsMock) -> None:
    found = [{"id": "x", "type": "percentage", "amount": 10.5, "description": "Spring", "deal_id": 1}]
    web.get(f"{V2}/deals/1/discounts", body=data(found))
    web.get(f"{V2}/deals/2/discounts", body=data(None))

    client = a_pipedrive_client()

    assert client.get_deal_discounts(deal_id=1) == (DealDiscount("Spring", Decimal("10.5"), DiscountType.PERCENTAGE),)
    assert client.get_deal_discounts(deal_id=2) == ()


def test_the_deals_that_changed_last_come_with_the_labels_of_their_options(web: responses.RequestsMock) -> None:
    wanted = {"sort_by": "update_time", "sort_direction": "desc", "limit": "5", "include_option_labels": "true"}
    web.get(f"{V2}/deals", body=data([a_deal()]), match=[matchers.query_param_matcher(wanted)])

    [found] = a_pipedrive_client().recent_deals(limit=5)

    assert found.own_fields["value"] == 200


def test_deals_that_changed_come_oldest_first_with_deleted_ones_and_only_the_fields_asked_for(
    web: responses.RequestsMock,
) -> None:
    wanted = {
        "updated_since": "2026-11-22T10:00:00Z",
        "status": "open,won,lost,deleted",
        "sort_by": "update_time",
        "custom_fields": "a,b",
        "limit": "500",
    }
    page = [a_deal(id=1, is_deleted=True), {"id": "unreadable"}, a_deal(id=2)]
    web.get(f"{V2}/deals", body=data(page), match=[matchers.query_param_matcher(wanted)])

    since = datetime(2026, 11, 22, 10, 0, 0, 900_000, tzinfo=UTC)
    found = list(a_pipedrive_client().changed_deals(since=since, field_codes=["a", "b"]))

    assert [(deal.deal_id, deal.is_deleted) for deal in found] == [(1, True), (2, False)]


def test_products_of_several_deals_come_at_once(web: responses.RequestsMock) -> None:
    wanted = {"deal_ids": "1,2", "limit": "500"}
    web.get(f"{V2}/deals/products", body=data([a_product(), a_product()]), match=[matchers.query_param_matcher(wanted)])

    assert len(a_pipedrive_client().get_products_of(deal_ids=[1, 2])) == 2


def test_the_taxes_of_products_are_read_once_each(web: responses.RequestsMock) -> None:
    web.get(f"{V2}/products", body=data([{"id": 1, "tax": 5.5}, {"id": 2, "tax": 5.5}, {"id": 3, "tax": None}]))

    assert a_pipedrive_client().recent_taxes(limit=100) == {Decimal("5.5"), Decimal(0)}


def test_currencies_in_use_come_with_their_decimals(web: responses.RequestsMock) -> None:
    euro, yen, old = (
        {"code": "EUR", "decimal_points": 2, "active_flag": True},
        {"code": "JPY", "decimal_points": 0},
        {"code": "DEM", "decimal_points": 2, "active_flag": False},
    )
    web.get(f"{V1}/currencies", body=data([euro, yen, old]))

    assert a_pipedrive_client().currencies() == {"EUR": 2, "JPY": 0}


def test_an_expired_token_is_renewed_once_and_the_call_repeated(web: responses.RequestsMock) -> None:
    url, expired = f"{V2}/deals/1", {"success": False, "error": "unauthorized access", "errorCode": 401}
    web.patch(url, json=expired, status=401, match=[matchers.header_matcher({"Authorization": "Bearer token-1"})])
    web.patch(url, body=data(a_deal()), match=[matchers.header_matcher({"Authorization": "Bearer token-2"})])
    tokens = Tokens()

    a_pipedrive_client(tokens).update_deal_fields(deal_id=1, values={})

    assert tokens.renewals == ["token-1"]


def test_a_token_that_is_refused_when_new_is_not_renewed_again(web: responses.RequestsMock) -> None:
    web.get(f"{V2}/deals/1", status=401, body="")
    web.get(f"{V2}/deals/1", status=401, body="")
    tokens = Tokens()

    with pytest.raises(TokenExpired):
        a_pipedrive_client(tokens).get_deal(deal_id=1)

    assert tokens.renewals == ["token-1"]


@pytest.mark.parametrize(
    "body", ["", "<html></html>", "[]", "null", "{}", '{"data": null}', '{"data": []}', '{"data": 5}']
)
def test_an_answer_without_the_deal_is_unreadable(web: responses.RequestsMock, body: str) -> None:
    web.get(f"{V2}/deals/1", body=body)

    with pytest.raises(Unreadable):
        a_pipedrive_client().get_deal(deal_id=1)


def test_deals_are_one_call_and_those_that_nobody_may_see_are_missing(web: responses.RequestsMock) -> None:
    params = matchers.query_param_matcher({"ids": "1,7", "limit": "500"})
    web.get(f"{V2}/deals", body=data([a_deal(id=7)]), match=[params])

    assert [deal.deal_id for deal in a_pipedrive_client().get_deals(deal_ids=[1, 7])] == [7]


@pytest.mark.parametrize("count", [0, 101])
def test_more_than_a_hundred_deals_or_none_are_our_own_mistake(count: int) -> None:
    with pytest.raises(ValueError, match="deals for one call"):
        a_pipedrive_client().get_deals(deal_ids=[1] * count)
