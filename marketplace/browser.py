"""The mark that ties a consent to the browser it began in."""

import secrets

from flask import session


def browser_mark() -> str:
    """Give this browser a random mark of its own; a state that was made for one browser is no good in another."""
    if "browser" not in session:
        session["browser"] = secrets.token_urlsafe(32)
        session.permanent = True
    mark: str = session["browser"]
    return mark
