"""The organisation's own settings: mostly read, items also written."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Response

from sandbox.xero.errors import Invalid, not_found
from sandbox.xero.listing import dict_getters, envelope, four_places, list_settings
from sandbox.xero.models import Organisation
from sandbox.xero.services import Services, current
from sandbox.xero.values import Json, is_guid, ms_time, new_id, round2, round4, to_decimal
from sandbox.xero.writing import sent_rows, write_all

ACTIONS = (
    "CreateApprovedInvoice", "CreateDraftPurchaseOrder", "CreateApprovedBill", "AttachFilesIntoInvoice",
    "UseMulticurrency", "CreateDraftInvoice", "CreateRepeatingInvoice", "CreateRepeatingBill", "CreateSentQuote",
    "CreateInvoicePayment", "CreateApprovedPurchaseOrder", "CreateDraftQuote", "CreateDraftBill",
)  # fmt: skip
_FIELDS = {
    "TaxRates": ("TaxType", "Name", "Status", "CanApplyToRevenue", "EffectiveRate", "ReportTaxType"),
    "Accounts": ("AccountID", "Code", "Name", "Status", "Type", "Class", "SystemAccount", "EnablePaymentsToAccount"),
    "Items": ("ItemID", "Code", "Name", "IsSold", "IsPurchased", "Description", "UpdatedDateUTC"),
    "Currencies": ("Code", "Description"),
    "Users": ("UserID", "EmailAddress", "FirstName", "LastName", "OrganisationRole", "UpdatedDateUTC"),
    "TrackingCategories": ("TrackingCategoryID", "Name", "Status"),
    "BrandingThemes": ("BrandingThemeID", "Name", "SortOrder"),
}
_ROWS: dict[str, Callable[[Organisation], Iterable[Json]]] = {
    "TaxRates": lambda org: org.tax_rates.values(),
    "Accounts": lambda org: org.accounts.values(),
    "Items": lambda org: [priced(item) for item in org.items.values()],
    "Currencies": lambda org: [{"Code": code, "Description": text} for code, text in org.currencies.items()],
    "Users": lambda org: org.users.values(),
    "TrackingCategories": lambda org: org.tracking,
    "BrandingThemes": lambda org: org.themes,
}
_KEYS = {"TaxRates": ("TaxType",), "Accounts": ("AccountID",), "Items": ("ItemID", "Code"), "Users": ("UserID",)}
_KEYS |= {"TrackingCategories": ("TrackingCategoryID",), "BrandingThemes": ("BrandingThemeID",)}
_PRICES = {"SalesDetails", "PurchaseDetails"}
_ITEM_FIELDS = frozenset(
    ("Code", "Name", "Description", "PurchaseDescription", "SalesDetails", "PurchaseDetails", "IsSold", "IsPurchased")
)


def priced(item: Json) -> Json:
    """This will show an item: its prices have two places unless four were asked for."""
    places = round4 if four_places() else round2
    return item | {
        side: item[side] | {"UnitPrice": places(to_decimal(item[side]["UnitPrice"]))}
        for side in _PRICES
        if "UnitPrice" in item[side]
    }


class SettingsRoutes:
    """This will answer everything that an app reads once and keeps."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world

    def register(self, api: Blueprint) -> None:
        """This will add the routes."""
        for name in _ROWS:
            api.add_url_rule(f"/{name}", f"list_{name}", self._lister(name), methods=["GET"])
        for name, fields in _KEYS.items():
            api.add_url_rule(f"/{name}/<key>", f"get_{name}", self._reader(name, fields), methods=["GET"])
        api.add_url_rule("/Organisation", "organisation", self.organisation, methods=["GET"])
        api.add_url_rule("/Organisation/Actions", "actions", self.actions, methods=["GET"])
        api.add_url_rule("/Currencies", "put_currency", self.put_currency, methods=["PUT"])
        api.add_url_rule("/Items", "put_items", self.put_items, methods=["PUT"])
        api.add_url_rule("/Items", "post_items", self.post_items, methods=["POST"])
        api.add_url_rule("/Items/<key>", "post_item", self.post_item, methods=["POST"])
        api.add_url_rule("/Items/<key>", "delete_item", self.delete_item, methods=["DELETE"])

    def _lister(self, name: str) -> Callable[[], Response]:
        getters = dict_getters(*_FIELDS[name])

        def answer() -> Response:
            with self._world.lock:
                return list_settings(self._services, name, _ROWS[name](current().org), getters)

        return answer

    def _reader(self, name: str, fields: tuple[str, ...]) -> Callable[[str], Response]:
        def answer(key: str) -> Response:
            with self._world.lock:
                rows = [row for row in _ROWS[name](current().org) if key in [row.get(field) for field in fields]]
                if not rows:
                    raise not_found()
                return envelope(self._services, name, rows)

        return answer

    def organisation(self) -> Response:
        """This will describe the organisation."""
        return envelope(self._services, "Organisations", [current().org.details])

    def actions(self) -> Response:
        """This will say what the app's user may do."""
        refused = current().org.refused_actions
        rows = [{"Name": name, "Status": "NOT-ALLOWED" if name in refused else "ALLOWED"} for name in ACTIONS]
        return envelope(self._services, "Actions", rows)

    def put_currency(self) -> Response:
        """This will enable a currency."""
        org, row = current().org, sent_rows("Currencies")[0]
        if "UseMulticurrency" in org.refused_actions:
            raise Invalid(row, "Organisation is not subscribed to multi-currency")
        code = str(row.get("Code") or "")
        if not (len(code) == 3 and code.isascii() and code.isupper()):
            raise Invalid(row, "Currency Code is not valid")
        org.currencies[code] = str(row.get("Description") or code)
        return envelope(self._services, "Currencies", [{"Code": code, "Description": row.get("Description", "")}])

    def put_items(self) -> Response:
        """This will create items."""
        return self._write_items(sent_rows("Items"), lambda row: None)

    def post_items(self) -> Response:
        """This will change items found by id or code, and create the others."""
        return self._write_items(sent_rows("Items"), lambda row: self._item(str(row.get("ItemID") or row.get("Code"))))

    def post_item(self, key: str) -> Response:
        """This will change the item in the path."""
        if self._item(key) is None:
            raise not_found()
        return self._write_items(sent_rows("Items")[:1], lambda row: self._item(key))

    def delete_item(self, key: str) -> Response:
        """This will remove an item."""
        item = self._item(key)
        if item is None or not is_guid(key):
            raise not_found()
        with self._world.lock:
            del current().org.items[item["ItemID"]]
        return Response(status=204)

    def _item(self, key: str) -> Json | None:
        org = current().org
        return org.items.get(key) or next((one for one in org.items.values() if one["Code"] == key), None)

    def _write_items(self, rows: list[Json], target: Callable[[Json], Json | None]) -> Response:
        org = current().org

        def work(body: Json) -> Callable[[], Json]:
            found = target(body)
            made: Json = dict(found or {"ItemID": new_id(), "IsTrackedAsInventory": False, "IsSold": True})
            made = {"IsPurchased": False, "SalesDetails": {}, "PurchaseDetails": {}, **made}
            made |= {key: value for key, value in body.items() if key in _ITEM_FIELDS and value is not None}
            made |= {key: str(made[key]) for key in ("Code", "Name", "Description") if key in made}
            self._check_item(made, body)
            if _PRICES & body.keys():
                made = priced(made)

            def keep() -> Json:
                made["UpdatedDateUTC"] = ms_time(self._world.now_ms(org))
                org.items[made["ItemID"]] = made
                return priced(made)

            return keep

        with self._world.lock:
            return write_all(self._services, "Items", rows, work)

    def _check_item(self, item: Json, body: Json) -> None:
        messages: list[Any] = []
        holder = self._item(str(item.get("Code")))
        if not item.get("Code") or len(item["Code"]) > 30:
            messages.append("Item Code must have 1 to 30 characters")
        if len(item.get("Name", "")) > 50:
            messages.append("Item Name must not be longer than 50 characters")
        if holder is not None and holder["ItemID"] != item["ItemID"]:
            messages.append(f"Price List Item with Code '{item['Code']}' already exists")
        messages += [f"{side} UnitPrice is not a valid number" for side in _PRICES if not _is_priced(item[side])]
        if messages:
            raise Invalid(body, *messages)


def _is_priced(details: Json) -> bool:
    try:
        to_decimal(details.get("UnitPrice", 0))
    except ValueError:
        return False
    return True
