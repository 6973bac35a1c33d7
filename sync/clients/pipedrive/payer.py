"""At whose expense a call is, and what it costs of a company's daily tokens.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sync.clients.governor import Call
from sync.clients.pipedrive._errors import PIPEDRIVE
from sync.clients.transport import Request

_ONE_THING = re.compile(r"/(\d+|me)\Z")
_BY_METHOD = {"POST": 5, "PATCH": 5, "PUT": 5, "DELETE": 3}
_ONE, _LIST, _SEARCH = 1, 10, 20


@dataclass(frozen=True)
class UserOfCompany:
    """Whose token is used: the tokens of a day are the company's, what goes in two seconds is each user's."""

    company_id: int
    user_id: int

    def pays_for(self, request: Request) -> Call:
        """Say what a request counts against."""
        return Call(
            PIPEDRIVE,
            tenant=str(self.company_id),
            user=str(self.user_id),
            cost=cost_of(request),
            is_search=is_search(request),
        )


#: Whose token has just come back from the consent page; its first question is who that is.
NOT_KNOWN_YET = UserOfCompany(company_id=0, user_id=0)


def is_search(request: Request) -> bool:
    """Whether a call falls under the limit of searches as well."""
    return urlsplit(request.url).path.endswith("/search")


def cost_of(request: Request) -> int:
    """Give the price of a call in tokens; the first version of the API costs twice as much as the second."""
    path = urlsplit(request.url).path
    price = _BY_METHOD.get(request.method) or _price_of_question(request, path)
    return price if path.startswith("/api/v2/") else 2 * price


def _price_of_question(request: Request, path: str) -> int:
    if is_search(request):
        return _SEARCH
    return _ONE if _ONE_THING.search(path) else _LIST
