"""The judge sees what it is there to see, and the list is kept as it should be."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.contract import deviations
from tests.contract.deviations import Deviation, Register
from tests.contract.exchanges import Exchange
from tests.contract.judge import Judge, Problem
from tests.contract.record import Record


def _headers(exchange: Exchange, **changed: str | None) -> Exchange:
    named = {name.replace("_", "-"): value for name, value in changed.items()}
    return replace(
        exchange, headers={name: value for name, value in {**exchange.headers, **named}.items() if value is not None}
    )


def _body(exchange: Exchange, change: Callable[[dict[str, Any]], object]) -> Exchange:
    body = json.loads(exchange.body)
    change(body["Invoices"][0])
    return replace(exchange, body=json.dumps(body).encode())


def _answer(exchange: Exchange, change: Callable[[dict[str, Any]], object]) -> Exchange:
    answer = exchange.answer_json
    change(answer["Invoices"][0])
    return replace(exchange, answer=json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("spoil", "where", "what"),
    [
        (lambda good: _headers(good, xero_tenant_id=None), "request header xero-tenant-id", "missing"),
        (lambda good: _headers(good, accept="*/*"), "request header accept", "undeclared"),
        (lambda good: _headers(good, idempotency_key="k" * 129), "request header idempotency-key", "length"),
        (lambda good: _headers(good, authorization=None), "request security", "no token"),
        (lambda good: _headers(good, content_type="text/xml"), "request body", "undeclared"),
        (lambda good: replace(good, query=(("unitdp", "four"),)), "request query unitdp", "type"),
        (lambda good: replace(good, query=(("UnitDP", "4"),)), "request query UnitDP", "undeclared"),
        (lambda good: replace(good, body=b""), "request body", "missing"),
        (lambda good: replace(good, path="/api.xro/2.0/invoices"), "request path", "letter case"),
        (lambda good: replace(good, path="/api.xro/2.0/Bills"), "operation", "undeclared"),
        (lambda good: _body(good, lambda one: one.update(Typ="ACCREC")), "request body $.Invoices[].Typ", "undeclared"),
        (lambda good: _body(good, lambda one: one.update(Status="OPEN")), "request body $.Invoices[].Status", "enum"),
        (lambda good: _body(good, lambda one: one.update(Total="1")), "request body $.Invoices[].Total", "type"),
        (
            lambda good: _body(good, lambda one: one.update(AmountDue=1)),
            "request body $.Invoices[].AmountDue",
            "readOnly",
        ),
        (lambda good: replace(good, status=418), "answer 418", "undeclared"),
        (lambda good: replace(good, answer=b""), "answer 200", "empty"),
        (lambda good: replace(good, answer_headers={"content-type": "text/xml"}), "answer 200", "other type"),
        (
            lambda good: _answer(good, lambda one: one.update(InvoiceID="INV-1")),
            "answer 200 $.Invoices[].InvoiceID",
            "format",
        ),
        (lambda good: _answer(good, lambda one: one.update(Type=None)), "answer 200 $.Invoices[].Type", "null"),
        (lambda good: _answer(good, lambda one: one.update(Typ="A")), "answer 200 $.Invoices[].Typ", "undeclared"),
    ],
)
def test_what_is_spoilt_is_seen(
    record: Record, judge: Judge, spoil: Callable[[Exchange], Exchange], where: str, what: str
) -> None:
    good = next(one.exchange for one in record.clients if one.operation.name == "createInvoices" and not one.problems)

    _, problems = judge.problems(spoil(good))

    assert (where, what) in {(one.where, one.what) for one in problems}


def test_a_scope_that_does_not_suffice_is_seen(record: Record, judge: Judge) -> None:
    good = next(one.exchange for one in record.clients if one.operation.name == "createInvoices")

    _, problems = replace(judge, granted=lambda _: frozenset({"accounting.contacts"})).problems(good)

    assert ("request security", "scope") in {(one.where, one.what) for one in problems}


def test_what_is_not_listed_stands_out() -> None:
    listed = Deviation("a-file", "get*", "answer 200 $.data[].id", "null")
    same = Problem("a-file", "getThing", "answer 200 $.data[].id", "null")
    register = Register((listed,), ())

    others = [
        replace(same, file="other"),
        replace(same, operation="put"),
        replace(same, where="w"),
        replace(same, what="x"),
    ]

    assert register.unlisted([same]) == []
    assert register.unlisted([same, *others]) == sorted(others)


def test_what_is_listed_in_vain_stands_out() -> None:
    listed = Deviation("a-file", "get*", "answer 200 $.data[].id", "null")
    register = Register((listed,), ())

    assert register.unneeded([Problem("a-file", "getThing", "answer 200 $.data[].id", "null")]) == []
    assert register.unneeded([Problem("a-file", "getThing", "answer 200 $.data[].name", "null")]) == [listed]


def test_every_entry_says_why_and_where_from() -> None:
    told = tomllib.loads(deviations.PATH.read_text(encoding="utf-8"))

    for entry in [*told["deviation"], *told["scope"]]:
        assert len(entry["why"]) > 20
        assert entry["source"].startswith("https://")
