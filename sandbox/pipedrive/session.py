"""Who sits at the browser: a cookie with a user's id, as there is nothing to protect here."""

from flask import request

from sandbox.pipedrive.desk import Desk
from sandbox.pipedrive.people import User

USER_COOKIE = "pipedrive_user"
THEME_COOKIE = "pipedrive_theme"


def current_user(desk: Desk) -> User:
    """Return the logged-in user; the first one (an admin) where nobody chose."""
    users = desk.world.users
    chosen = request.cookies.get(USER_COOKIE, "")
    return users.get(int(chosen) if chosen.isdigit() else 0) or next(iter(users.values()))


def current_theme() -> str:
    """Return the chosen theme."""
    return "dark" if request.cookies.get(THEME_COOKIE) == "dark" else "light"
