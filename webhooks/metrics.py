"""Figures for Prometheus, to whoever has the operator's token. https://prometheus.io/docs/instrumenting/exposition_formats/"""

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from sync.core import Core
from sync.operations.figures import Figures, figures

_QUANTILES = (0.5, 0.95, 0.99)


def make_blueprint(core: Core) -> Blueprint:
    """Make the page of figures; without a token in the settings there is none."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        """Give the figures as they are now."""
        _require_token(core.settings.metrics_token)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collected(figures(core)))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _require_token(token: str) -> None:
    if not token:
        abort(404)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    is_right = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())
    if scheme.lower() != "bearer" or not is_right:
        abort(401)


class _Collected(Collector):
    """The figures of one moment, in Prometheus's families."""

    def __init__(self, found: Figures) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Give each family."""
        found = self._found
        yield _gauge("instep_events", "Events of the last 33 days", ("source", "state"), found.events)
        yield _gauge(
            "instep_deliveries_pending", "Deliveries not taken apart yet", ("source",), found.deliveries_pending
        )
        yield _gauge("instep_oldest_pending_seconds", "How long the oldest waits", ("source",), found.oldest_pending)
        yield self._lag()
        yield _gauge("instep_parked", "Tenants that wait for a vendor's limit", ("vendor", "reason"), found.parked)
        yield _gauge("instep_failures", "What needs a look", ("kind",), found.failures)
        yield _gauge("instep_redis_up", "Whether the governor can count", (), {(): 0 if found.calls is None else 1})
        yield from self._calls()

    def _lag(self) -> Metric:
        words = "From an event's arrival until it was worked off, of the last five minutes"
        lags = self._found.lags
        by_share = {str(share): lags[min(len(lags) - 1, int(share * len(lags)))] for share in _QUANTILES if lags}
        return _gauge("instep_lag_seconds", words, ("quantile",), by_share)

    def _calls(self) -> Iterator[Metric]:
        calls = CounterMetricFamily("instep_calls", "Calls to the vendors", labels=("vendor", "outcome"))
        tokens = CounterMetricFamily("instep_tokens", "Pipedrive's daily tokens that were spent")
        for (vendor, outcome), number in sorted((self._found.calls or {}).items()):
            if outcome == "tokens":
                tokens.add_metric((), number)
            else:
                calls.add_metric((vendor, outcome), number)
        yield calls
        yield tokens


def _gauge(name: str, words: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric((key,) if isinstance(key, str) else key, value)
    return family
