"""The Contacts endpoint."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from sandbox.xero.contact_rules import matches, save_contact
from sandbox.xero.errors import not_found
from sandbox.xero.listing import dict_getters, envelope, filtered, flag, listed, modified_since, ordered, page_of
from sandbox.xero.models import Organisation
from sandbox.xero.render import full_contact
from sandbox.xero.services import Services, current
from sandbox.xero.values import Json, fold, is_guid, ms_time
from sandbox.xero.writing import sent_rows, write_all

_GETTERS = dict_getters(
    "ContactID", "Name", "EmailAddress", "AccountNumber", "ContactNumber", "ContactStatus", "FirstName", "LastName",
    "TaxNumber", "CompanyNumber", "UpdatedDateUTC", "IsCustomer", "IsSupplier",
)  # fmt: skip
_NOT_IN_SUMMARY = ("IsSupplier", "IsCustomer", "Balances", "ContactPersons", "ContactGroups", "Phones", "Addresses")


def _find(org: Organisation, key: str) -> Json | None:
    if is_guid(key):
        return org.contacts.get(key.lower())
    return next((one for one in org.contacts.values() if one.get("ContactNumber") == key), None)


class ContactRoutes:
    """This will answer /Contacts."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world

    def register(self, api: Blueprint) -> None:
        """This will add the routes."""
        api.add_url_rule("/Contacts", "list_contacts", self.list_all, methods=["GET"])
        api.add_url_rule("/Contacts", "put_contacts", self.put, methods=["PUT"])
        api.add_url_rule("/Contacts", "post_contacts", self.post, methods=["POST"])
        api.add_url_rule("/Contacts/<key>", "get_contact", self.get, methods=["GET"])
        api.add_url_rule("/Contacts/<key>", "post_contact", self.post_one, methods=["POST"])

    def put(self) -> Response:
        """This will create, and refuse names and numbers that are taken."""
        return self._write(sent_rows("Contacts"), create_only=True)

    def post(self) -> Response:
        """This will change those that it finds by id, number or name, and create the others."""
        return self._write(sent_rows("Contacts"), create_only=False)

    def post_one(self, key: str) -> Response:
        """This will change the one in the path."""
        found = _find(current().org, key)
        if found is None:
            raise not_found()
        return self._write([{**sent_rows("Contacts")[0], "ContactID": found["ContactID"]}], create_only=False)

    def _write(self, rows: list[Json], *, create_only: bool) -> Response:
        call = current()

        def work(body: Json) -> Callable[[], Json]:
            saved = save_contact(self._world, call.org, body, call.user_name, create_only=create_only)
            return lambda: full_contact(call.org, saved["ContactID"])

        with self._world.lock:
            return write_all(self._services, "Contacts", rows, work)

    def get(self, key: str) -> Response:
        """This will read one by ContactID or ContactNumber."""
        org = current().org
        with self._world.lock:
            found = _find(org, key)
            if found is None:
                raise not_found()
            return envelope(self._services, "Contacts", [full_contact(org, found["ContactID"])])

    def list_all(self) -> Response:
        """This will list; archived contacts only when asked for."""
        org = current().org
        with self._world.lock:
            rows = [one for one in org.contacts.values() if self._wanted(one)]
            rows = ordered(filtered(rows, _GETTERS), _GETTERS)
            rows, pagination = page_of(rows, forced=flag("summaryOnly"))
            shown = [full_contact(org, row["ContactID"]) for row in rows]
        if flag("summaryOnly"):
            shown = [{key: value for key, value in row.items() if key not in _NOT_IN_SUMMARY} for row in shown]
        return envelope(self._services, "Contacts", shown, pagination)

    def _wanted(self, contact: Json) -> bool:
        ids, since = listed("IDs"), modified_since()
        if ids is not None and contact["ContactID"] not in ids:
            return False
        if ids is None and contact["ContactStatus"] != "ACTIVE" and not flag("includeArchived"):
            return False
        if since is not None and contact["UpdatedDateUTC"] < ms_time(since):
            return False
        term = fold(request.args.get("searchTerm", ""))
        return not term or matches(contact, term)
