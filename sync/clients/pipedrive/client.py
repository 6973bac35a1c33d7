"""Pipedrive's API in our words; v2 where it exists, v1 for users, currencies and webhooks."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sync.clients.answers import dict_of, loaded, payload
from sync.clients.failures import Forbidden, NotFound, PlanLimit, Refused, Unreadable
from sync.clients.pipedrive import _schemas
from sync.clients.pipedrive._sales import Sales, whole_seconds
from sync.domain.crm import (
    CrmOrganization,
    CrmUser,
    Deal,
    DealDiscount,
    DealProduct,
    FieldDefinition,
    Person,
    WebhookSubscription,
)
from sync.domain.secret import Secret

log = logging.getLogger(__name__)

MOST_DEALS = 100
# Options of a field come by their labels, which is what people know them by.
_LABELLED = {"include_option_labels": "true"}


class PipedriveClient(Sales):
    """Speaks for one installation; `api_domain` has passed `check_api_domain`."""

    # https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser
    def me(self) -> CrmUser:
        """Say whose token this is."""
        user: CrmUser = self._one("GET", "/v1/users/me", _schemas.UserSchema())
        return user

    # https://developers.pipedrive.com/docs/api/v1/Deals#getDeal
    def get_deal(self, *, deal_id: int) -> Deal:
        """Fetch a deal as this user may see it."""
        deal: Deal = self._one("GET", f"/api/v2/deals/{deal_id:d}", _schemas.DealSchema(), params=_LABELLED)
        return deal

    # https://developers.pipedrive.com/docs/api/v1/Deals#getDeals (ids)
    def get_deals(self, *, deal_ids: Sequence[int]) -> tuple[Deal, ...]:
        """Fetch up to a hundred deals with one call; those that this user may not see, or that are archived, are missing."""
        if not 0 < len(deal_ids) <= MOST_DEALS:
            raise ValueError(f"{len(deal_ids)} deals for one call")
        params = {"ids": ",".join(str(deal_id) for deal_id in deal_ids)}
        return tuple(self._loaded_each(self._paged("/api/v2/deals", params), _schemas.DealSchema()))

    # https://developers.pipedrive.com/docs/api/v1/Deals#getDeals
    def recent_deals(self, *, limit: int) -> tuple[Deal, ...]:
        """Fetch the deals that changed last, of those that this user may see."""
        newest = {"sort_by": "update_time", "sort_direction": "desc", "limit": str(limit)}
        return tuple(self._loaded_each(self._list("/api/v2/deals", newest | _LABELLED), _schemas.DealSchema()))

    # https://developers.pipedrive.com/docs/api/v1/Deals#getDealsProducts
    def get_products_of(self, *, deal_ids: Sequence[int]) -> tuple[DealProduct, ...]:
        """Fetch the products on several deals, at most a hundred deals."""
        found = self._paged("/api/v2/deals/products", {"deal_ids": ",".join(str(one) for one in deal_ids)})
        return tuple(self._loaded_each(found, _schemas.DealProductSchema()))

    # https://developers.pipedrive.com/docs/api/v1/Deals#getDeals (updated_since, status, custom_fields)
    def changed_deals(self, *, since: datetime, field_codes: Sequence[str]) -> Iterator[Deal]:
        """Fetch the deals changed since, deleted ones as well, oldest change first, with these custom fields only.

        One that cannot be read is left out: it must not keep all others from being seen.
        """
        params = {
            "updated_since": whole_seconds(since),
            "status": "open,won,lost,deleted",
            "sort_by": "update_time",
            **({"custom_fields": ",".join(sorted(field_codes))} if field_codes else {}),
        }
        schema = _schemas.DealSchema()
        for request, item in self._paged("/api/v2/deals", params):
            try:
                yield loaded(request, schema, item)
            except Unreadable as err:
                log.warning("%s: deal %.20r left out", err, dict_of(item).get("id"))

    # https://developers.pipedrive.com/docs/api/v1/Products#getProducts
    def recent_taxes(self, *, limit: int) -> frozenset[Decimal]:
        """Fetch the tax percentages of the products that changed last."""
        newest = {"sort_by": "update_time", "sort_direction": "desc", "limit": str(limit)}
        found = self._loaded_each(self._list("/api/v2/products", newest), _schemas.ProductSchema())
        return frozenset(one["tax"] for one in found)

    # https://developers.pipedrive.com/docs/api/v1/Deals#getDealProducts
    def get_deal_products(self, *, deal_id: int) -> tuple[DealProduct, ...]:
        """Fetch the products on a deal, in the order in which the deal shows them."""
        found = self._paged(f"/api/v2/deals/{deal_id:d}/products", {"sort_by": "order_nr"})
        return tuple(self._loaded_each(found, _schemas.DealProductSchema()))

    # https://developers.pipedrive.com/docs/api/v1/Deals#getAdditionalDiscounts
    def get_deal_discounts(self, *, deal_id: int) -> tuple[DealDiscount, ...]:
        """Fetch the discounts on a whole deal."""
        found = self._list(f"/api/v2/deals/{deal_id:d}/discounts")
        return tuple(self._loaded_each(found, _schemas.DealDiscountSchema()))

    # https://developers.pipedrive.com/docs/api/v1/Deals#getInstallments
    def has_installments(self, *, deal_id: int) -> bool:
        """Ask whether a deal is to be paid in parts; a plan without installments has none."""
        request = self._request("GET", "/api/v2/deals/installments", params={"deal_ids": f"{deal_id:d}"})
        try:
            return any(True for _ in self._items(request, payload(request, self._session.send(request))))
        except (Forbidden, PlanLimit, NotFound, Refused):
            return False

    # https://developers.pipedrive.com/docs/api/v1/Persons#getPerson
    def get_person(self, *, person_id: int) -> Person:
        """Fetch a contact person."""
        path = f"/api/v2/persons/{person_id:d}"
        person: Person = self._one("GET", path, _schemas.PersonSchema(), params=_LABELLED)
        return person

    # https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganization
    def get_organization(self, *, org_id: int) -> CrmOrganization:
        """Fetch a customer's organization."""
        path = f"/api/v2/organizations/{org_id:d}"
        organization: CrmOrganization = self._one("GET", path, _schemas.OrganizationSchema(), params=_LABELLED)
        return organization

    # https://developers.pipedrive.com/docs/api/v1/DealFields#getDealFields
    def list_deal_fields(self) -> tuple[FieldDefinition, ...]:
        """Fetch the definitions of all deal fields."""
        return self._fields("/api/v2/dealFields")

    # https://developers.pipedrive.com/docs/api/v1/PersonFields#getPersonFields
    def list_person_fields(self) -> tuple[FieldDefinition, ...]:
        """Fetch the definitions of all fields of contact persons."""
        return self._fields("/api/v2/personFields")

    # https://developers.pipedrive.com/docs/api/v1/OrganizationFields#getOrganizationFields
    def list_organization_fields(self) -> tuple[FieldDefinition, ...]:
        """Fetch the definitions of all fields of organizations."""
        return self._fields("/api/v2/organizationFields")

    # https://developers.pipedrive.com/docs/api/v1/DealFields#addDealField
    def create_deal_field(self, *, name: str, field_type: str, options: Sequence[str] = ()) -> FieldDefinition:
        """Create a custom deal field; its options come back with their ids."""
        content: dict[str, object] = {"field_name": name, "field_type": field_type}
        if options:
            content["options"] = [{"label": label} for label in options]
        created: FieldDefinition = self._one("POST", "/api/v2/dealFields", _schemas.FieldSchema(), content=content)
        return created

    # https://developers.pipedrive.com/docs/api/v1/Deals#updateDeal
    def update_deal_fields(self, *, deal_id: int, values: Mapping[str, object]) -> Deal:
        """Write custom fields, and only those: a written `value` resets what products add up to."""
        path, content = f"/api/v2/deals/{deal_id:d}", {"custom_fields": dict(values)}
        deal: Deal = self._one("PATCH", path, _schemas.DealSchema(), content=content)
        return deal

    # https://developers.pipedrive.com/docs/api/v1/Webhooks#getWebhooks
    def list_webhooks(self) -> tuple[WebhookSubscription, ...]:
        """Fetch this app's webhooks under this user."""
        return tuple(self._loaded_each(self._list("/v1/webhooks"), _schemas.WebhookSchema()))

    # https://developers.pipedrive.com/docs/api/v1/Webhooks#addWebhook
    def create_webhook(
        self, *, url: str, action: str, entity: str, name: str, username: str, password: Secret
    ) -> WebhookSubscription:
        """Subscribe; Pipedrive asks `url` whether it lives before it answers."""
        content = {
            "subscription_url": url,
            "event_action": action,
            "event_object": entity,
            "name": name,
            "version": "2.0",
            "http_auth_user": username,
            "http_auth_password": password.reveal(),
        }
        created: WebhookSubscription = self._one("POST", "/v1/webhooks", _schemas.WebhookSchema(), content=content)
        return created

    # https://developers.pipedrive.com/docs/api/v1/Webhooks#deleteWebhook
    def delete_webhook(self, *, webhook_id: int) -> None:
        """Unsubscribe.

        :raises NotFound: it is gone already.
        """
        self._session.send(self._request("DELETE", f"/v1/webhooks/{webhook_id:d}"))

    # https://developers.pipedrive.com/docs/api/v1/Currencies#getCurrencies
    def currencies(self) -> Mapping[str, int]:
        """Give the codes of the currencies in use, each with its number of decimals."""
        found = self._loaded_each(self._list("/v1/currencies"), _schemas.CurrencySchema())
        return {one["code"]: one["decimal_points"] for one in found if one["active_flag"]}

    def _fields(self, path: str) -> tuple[FieldDefinition, ...]:
        return tuple(self._loaded_each(self._paged(path, {}), _schemas.FieldSchema()))
