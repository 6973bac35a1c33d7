"""How Pipedrive is asked, and how its lists are read page by page."""

from collections.abc import Iterator, Mapping
from typing import Any

from sync.clients import exact_json
from sync.clients.answers import AnswerSchema, dict_of, loaded, payload, under, unreadable
from sync.clients.governor import Governor
from sync.clients.pipedrive._errors import PIPEDRIVE, check
from sync.clients.pipedrive.payer import UserOfCompany
from sync.clients.transport import AuthorisedSession, Request, TokenSource, Transport

PAGE_SIZE = 500
_MOST_PAGES = 20


class Calls:
    """One installation's calls; `api_domain` has passed `check_api_domain`."""

    def __init__(
        self, *, api_domain: str, user: UserOfCompany, tokens: TokenSource, transport: Transport, governor: Governor
    ) -> None:
        self._base = api_domain
        self._session = AuthorisedSession(
            transport=transport, tokens=tokens, governor=governor, call_of=user.pays_for, check=check
        )

    def _request(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, content: object = None
    ) -> Request:
        headers = {"Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        body = None if content is None else exact_json.dumps(content)
        return Request(PIPEDRIVE, method, self._base + path, params=params or {}, headers=headers, body=body)

    def _one(
        self,
        method: str,
        path: str,
        schema: AnswerSchema,
        *,
        params: Mapping[str, str] | None = None,
        content: object = None,
    ) -> Any:
        request = self._request(method, path, params=params, content=content)
        answer = payload(request, self._session.send(request))
        return loaded(request, schema, under(request, answer, "data"))

    def _list(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[tuple[Request, object]]:
        request = self._request("GET", path, params=params)
        yield from self._items(request, payload(request, self._session.send(request)))

    def _paged(self, path: str, params: Mapping[str, str]) -> Iterator[tuple[Request, object]]:
        # https://pipedrive.readme.io/docs/core-api-concepts-pagination
        cursor: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            request = self._request("GET", path, params={**params, "limit": str(PAGE_SIZE), **cursor})
            answer = payload(request, self._session.send(request))
            yield from self._items(request, answer)
            following = _next_cursor(answer)
            if not following:
                return
            cursor = {"cursor": following}
        raise unreadable(request, f"more than {_MOST_PAGES} pages")

    @staticmethod
    def _items(request: Request, answer: object) -> Iterator[tuple[Request, object]]:
        # An empty list may come as null.
        found = dict_of(answer).get("data", ...)
        if found is not None and not isinstance(found, list):
            raise unreadable(request, "data is not a list")
        for item in found or []:
            yield request, item

    @staticmethod
    def _loaded_each(items: Iterator[tuple[Request, object]], schema: AnswerSchema) -> Iterator[Any]:
        for request, item in items:
            yield loaded(request, schema, item)


def _next_cursor(answer: object) -> str:
    cursor = dict_of(dict_of(answer).get("additional_data")).get("next_cursor")
    return cursor if isinstance(cursor, str) else ""
