"""Who consented in Xero, read from the tokens."""

import jwt
import pytest

from sync.clients.failures import Unreadable
from sync.clients.xero.oauth import read_claims
from sync.domain.secret import Secret


def test_the_user_and_the_consent_are_read_from_the_access_token() -> None:
    access = a_jwt(xero_userid="u-1", authentication_event_id="e-1", scope=["openid", "email"])
    identity = a_jwt(xero_userid="u-1", name="Ann Ng", email="ann@example.com")

    claims = read_claims(access, identity)

    assert (claims.xero_userid, claims.authentication_event_id, claims.scope) == ("u-1", "e-1", "openid email")
    assert (claims.name, claims.email) == ("Ann Ng", "ann@example.com")
    assert read_claims(access).name == ""


@pytest.mark.parametrize("claims", [{}, {"xero_userid": "u-1"}, {"xero_userid": 5, "authentication_event_id": "e-1"}])
def test_an_access_token_without_its_user_is_unreadable(claims: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        read_claims(a_jwt(**claims))


def test_what_is_no_jwt_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_claims(Secret("opaque"))


def a_jwt(**claims: object) -> Secret:
    return Secret(jwt.encode(claims, "k" * 32, algorithm="HS256"))
