"""A Pipedrive that fits on a page: one user, deals with custom fields, webhooks and field definitions."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sync.clients.transport import Request, Response
from tests.unit.clients.samples import a_deal, a_field, a_user, a_webhook

HOST = "acme.pipedrive.com"


class FakePipedrive:
    """Answers the calls that the core makes, from what the test has put in."""

    def __init__(self) -> None:
        self.user = a_user()
        self.deals: dict[int, dict[str, Any]] = {}
        self.products: dict[int, list[dict[str, Any]]] = {}
        #: The tax percentages of products.
        self.taxes: list[object] = []
        self.installments: dict[int, list[dict[str, Any]]] = {}
        self.organizations: dict[int, str] = {}
        self.organization_values: dict[int, dict[str, Any]] = {}
        self.persons: dict[int, dict[str, Any]] = {}
        self.fields: list[dict[str, Any]] = []
        #: Deals that exist and that the user may not see.
        self.hidden: set[int] = set()
        self.person_fields: list[dict[str, Any]] = []
        self.organization_fields: list[dict[str, Any]] = []
        self.webhooks: list[dict[str, Any]] = []
        self.stages: list[dict[str, Any]] = [{"id": 1, "name": "Won soon", "pipeline_id": 1, "order_nr": 1}]
        self.activities: list[dict[str, Any]] = []
        #: The time, for what is added.
        self.now = "2026-11-22T10:42:07Z"
        self._number = 100

    def add_deal(self, deal_id: int, **over: Any) -> None:
        """Put a deal in."""
        self.deals[deal_id] = a_deal(**{"id": deal_id, "currency": "NZD"} | over)

    def change(self, deal_id: int, **over: Any) -> None:
        """Change a deal, later than everything before."""
        self.deals[deal_id] |= {"update_time": "2026-11-22T11:00:00Z"} | over

    def add_webhook(self, url: str, **over: Any) -> int:
        """Register a webhook; gives its id."""
        self._number += 1
        self.webhooks.append(a_webhook(**{"id": self._number, "subscription_url": url} | over))
        return self._number

    def add_field(self, name: str, kind: str, labels: tuple[str, ...] = ()) -> dict[str, Any]:
        """Define a deal field whose options get ids."""
        self._number += 1
        options = [{"id": self._number * 10 + place, "label": label} for place, label in enumerate(labels)]
        made = a_field(field_code=f"code{self._number}", field_name=name, field_type=kind, options=options)
        self.fields.append(made)
        return made

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path = urlsplit(request.url).path.removeprefix("/api/v2").removeprefix("/v1").strip("/").split("/")
        body = json.loads(request.body) if request.body else {}
        match [request.method, *path]:
            case ["GET", *plain] if "/".join(plain) in self._plain():
                return _data(self._plain()["/".join(plain)])
            case ["GET", "deals", *part] if part in ([], ["products"], ["installments"]):
                return _data(self._list(part, request.params))
            case [method, "deals", deal_id, *rest]:
                return self._deal(method, int(deal_id), rest, body)
            case [method, "activities"]:
                return self._activity(method, body, request.params)
            case ["GET", "organizations" | "persons" as kind, number]:
                return self._contact(kind, int(number))
            case [method, "webhooks", *rest]:
                return self._webhook(method, rest, body)
            case [method, "dealFields" | "personFields" | "organizationFields" as kind]:
                return self._fields(method, kind, body)
        raise AssertionError(f"nobody expects {request.method} {request.url}")

    def _plain(self) -> dict[str, object]:
        return {
            "users/me": self.user,
            "products": [{"id": place, "tax": tax} for place, tax in enumerate(self.taxes, start=1)],
            "pipelines": [{"id": 1, "name": "Sales", "order_nr": 1}],
            "stages": self.stages,
        }

    def _list(self, part: list[str], params: Mapping[str, str]) -> list[dict[str, Any]]:
        if part:
            there = {"products": self.products, "installments": self.installments}[part[0]]
            return [one for number in params["deal_ids"].split(",") for one in there.get(int(number), [])]
        seen = {number: deal for number, deal in self.deals.items() if number not in self.hidden}
        if "updated_since" in params:
            return self._since(seen, params)
        if "ids" in params:
            return [seen[one] for one in sorted(int(text) for text in params["ids"].split(",")) if one in seen]
        return sorted(seen.values(), key=lambda deal: str(deal["update_time"]), reverse=True)[: int(params["limit"])]

    def _since(self, seen: dict[int, dict[str, Any]], params: Mapping[str, str]) -> list[dict[str, Any]]:
        """Give the deals that changed since, the oldest change first, with the custom fields that are asked for."""
        statuses, stage = params.get("status", "open,won,lost").split(","), params.get("stage_id")
        codes = params.get("custom_fields")
        found = [
            deal
            for deal in sorted(seen.values(), key=lambda deal: str(deal["update_time"]))
            if str(deal["update_time"]) >= params["updated_since"]
            and ("deleted" if deal.get("is_deleted") else deal["status"]) in statuses
            and stage in (None, str(deal["stage_id"]))
        ]
        if codes is None:
            return found
        return [
            deal | {"custom_fields": {code: deal["custom_fields"].get(code) for code in codes.split(",")}}
            for deal in found
        ]

    def _contact(self, kind: str, number: int) -> Response:
        if kind == "organizations":
            values = self.organization_values.get(number, {})
            return _data({"id": number, "name": self.organizations[number], "address": None, **values})
        known = self.persons.get(number)
        return _data(known) if known else Response(404, {}, b'{"success": false}')

    def _fields(self, method: str, kind: str, body: dict[str, Any]) -> Response:
        if method == "POST":
            labels = tuple(option["label"] for option in body.get("options", ()))
            return _data(self.add_field(body["field_name"], body["field_type"], labels))
        others = {"personFields": self.person_fields, "organizationFields": self.organization_fields}
        return _data(others.get(kind, self.fields))

    def _deal(self, method: str, deal_id: int, rest: list[str], body: dict[str, Any]) -> Response:
        if deal_id in self.hidden:
            return Response(403, {}, b'{"success": false}')
        if deal_id not in self.deals:
            return Response(404, {}, b'{"success": false}')
        if rest:
            return _data(self.products.get(deal_id, []) if rest == ["products"] else [])
        if method == "PATCH":
            self._patch(self.deals[deal_id], body)
        return _data(self.deals[deal_id])

    def _patch(self, deal: dict[str, Any], body: dict[str, Any]) -> None:
        deal["custom_fields"] = deal["custom_fields"] | body.pop("custom_fields", {})
        if body.get("status") == "won":
            deal["won_time"] = self.now
        if "stage_id" in body:
            deal["stage_change_time"] = self.now
        deal |= body

    def _activity(self, method: str, body: dict[str, Any], params: Mapping[str, str]) -> Response:
        if method == "GET":
            return _data([one for one in self.activities if str(one["deal_id"]) == params["deal_id"]])
        self.activities.append({"id": len(self.activities) + 1, "add_time": self.now} | body)
        return _data(self.activities[-1])

    def _webhook(self, method: str, rest: list[str], body: dict[str, Any]) -> Response:
        if method == "GET":
            return _data(self.webhooks)
        if method == "POST":
            self.add_webhook(body["subscription_url"], event_action=body["event_action"])
            return _data(self.webhooks[-1])
        left = [one for one in self.webhooks if one["id"] != int(rest[0])]
        gone, self.webhooks = len(left) < len(self.webhooks), left
        return Response(200 if gone else 404, {}, b'{"success": true}')


def _data(content: object) -> Response:
    return Response(200, {"content-type": "application/json"}, json.dumps({"success": True, "data": content}).encode())
