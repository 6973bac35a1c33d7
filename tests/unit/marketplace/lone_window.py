"""The invoice window by itself in a real browser: the app's own page and script, and a server that answers as it is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from playwright.sync_api import Locator, Page, Route, expect

ORIGIN = "https://instep.example"
_PACKAGE = Path(__file__).parents[3] / "marketplace"
#: What Pipedrive does around a framed page: it hears everything, and gives a token.
_PIPEDRIVE = """
addEventListener("message", ({ data, ports }) => {
  if (ports.length && data.payload?.type === "command") ports[0].postMessage({ data: { token: `e.${btoa('{"exp":9999999999,"iat":1}')}.s` } });
});
"""

Json = dict[str, Any]
Answer = Json | Callable[[Route], None]


@dataclass(frozen=True)
class Asked:
    """One question of the window."""

    what: str
    query: dict[str, str]
    body: Any


@dataclass
class LoneWindow:
    """The page, what it asked, and what it is answered: the last answer to a question is given again."""

    page: Page
    client: FlaskClient
    query: dict[str, str]
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    held: list[Route] = field(default_factory=list)

    def open(self, **answers: Answer | list[Answer]) -> None:
        """Load the page, and wait for its form; `answers` are by question, as `GET_form`."""
        self.answers = {what: given if isinstance(given, list) else [given] for what, given in answers.items()}
        self.page.add_init_script(_PIPEDRIVE)
        self.page.route(f"{ORIGIN}/**", self._answer)
        self.page.goto(f"{ORIGIN}/invoice")
        expect(self.page.locator("#invoice-form")).to_be_visible()

    def find(self, selector: str) -> Locator:
        """Find something of the page."""
        return self.page.locator(selector)

    def box(self, name: str, line: int = 0) -> Locator:
        """Find a box of a line by its name."""
        return self.page.locator(".line").nth(line).locator(f"[name={name}]")

    def create(self) -> None:
        """Press the button that creates."""
        self.page.locator("#create").click()

    def hold(self, route: Route) -> None:
        """Let a question wait for its answer."""
        self.held.append(route)

    def release(self, answer: Json) -> None:
        """Answer the question that waits longest."""
        self.held.pop(0).fulfill(json=answer)

    def times(self, what: str) -> int:
        """Say how often something was asked."""
        return len(self.all(what))

    def all(self, what: str) -> list[Asked]:
        """Give every question of a kind."""
        return [one for one in self.asked if one.what == what]

    def wait_for(self, what: str, times: int = 1) -> Asked:
        """Wait until something was asked so often, and give the last question."""
        for _ in range(100):
            if self.times(what) >= times:
                return self.all(what)[times - 1]
            self.page.wait_for_timeout(20)
        raise AssertionError(f"{what} was asked {self.times(what)} times, not {times}")

    def _answer(self, route: Route) -> None:
        request, address = route.request, urlsplit(route.request.url)
        if address.path.startswith("/static/"):
            return route.fulfill(path=_PACKAGE / address.path.lstrip("/"))
        if address.path == "/invoice" and request.method == "GET":
            page = self.client.get("/invoice", query_string=self.query)
            return route.fulfill(status=page.status_code, headers=dict(page.headers), body=page.data)
        what = f"{request.method}_{address.path.removeprefix('/invoice').strip('/')}".strip("_").replace("-", "_")
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.asked.append(Asked(what=what, query=query, body=json.loads(request.post_data or "null")))
        answers = self.answers.get(what, [{}])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(route) if callable(answer) else route.fulfill(json=answer)
