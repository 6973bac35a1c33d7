"""All companies of this Pipedrive, each with a desk of its own, and which of them a request is for."""

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import cast

from flask import request
from werkzeug.local import LocalProxy

from sandbox.pipedrive.desk import Desk
from sandbox.pipedrive.session import USER_COOKIE

#: Where an access token carries its company: six bytes behind the twelve that all of them begin with.
_MARK = slice(len("v1u:") + 16, len("v1u:") + 24)
_CODE_MARK = 12


def access_mark(company_id: int) -> bytes:
    """This will give the bytes that an access token carries of its company."""
    return company_id.to_bytes(6)


def code_mark(company_id: int) -> str:
    """This will give the beginning of an authorization code of the company."""
    return f"{company_id:0{_CODE_MARK}x}"


class Companies:
    """The first company and those that a test added."""

    def __init__(self, open_desk: Callable[[int], Desk]) -> None:
        self._open = open_desk
        self.first = open_desk(0)
        self._desks: dict[int, Desk] = {}
        self._users: dict[int, Desk] = {}
        self.reset()
        #: Stands for the desk that the current request is for.
        self.here = cast("Desk", LocalProxy(self.find_here))

    def __iter__(self) -> Iterator[Desk]:
        """This will walk through the desks."""
        return iter(list(self._desks.values()))

    def add(self) -> Desk:
        """This will open another company."""
        self._keep(desk := self._open(len(self._desks)))
        return desk

    def get(self, company_id: int) -> Desk:
        """This will give a company's desk.

        :raises ValueError: when there is none.
        """
        if company_id not in self._desks:
            raise ValueError(f"company_id: there is no company {company_id}")
        return self._desks[company_id]

    def reset(self) -> None:
        """This will forget all companies but the first."""
        self._desks, self._users = {}, {}
        self._keep(self.first)

    def _keep(self, desk: Desk) -> None:
        self._desks[desk.world.company.id] = desk
        self._users |= dict.fromkeys(desk.world.users, desk)

    def find_here(self) -> Desk:
        """This will find the desk by token, code, the user in the form or at the browser, or a test's `company_id`."""
        marked = _marked_company()
        if marked is not None:
            return self._desks.get(marked, self.first)
        if request.path.startswith("/control/") and "company_id" in request.args:
            return self.get(int(request.args["company_id"]))
        user = request.form.get("user_id") or request.cookies.get(USER_COOKIE) or ""
        return self._users.get(int(user) if user.isdigit() else 0, self.first)


def _marked_company() -> int | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _company_of_access(token.strip())
    for name in ("refresh_token", "token"):
        head, colon, _ = request.form.get(name, "").partition(":")
        if colon:
            return int(head) if head.isdigit() else _company_of_access(request.form[name])
    code = request.form.get("code", "")[:_CODE_MARK]
    try:
        return int(code, 16) if code else None
    except ValueError:
        return None


def _company_of_access(token: str) -> int | None:
    try:
        return int.from_bytes(base64.b64decode(token[_MARK], validate=True))
    except (binascii.Error, ValueError):
        return None
