"""Where Pipedrive's tokens may be sent."""

import pytest

from sync.clients.pipedrive.oauth import WrongApiDomain, check_api_domain


@pytest.mark.parametrize(
    ("api_domain", "oauth_url", "origin"),
    [
        ("https://acme.pipedrive.com", "https://oauth.pipedrive.com", "https://acme.pipedrive.com"),
        ("https://Acme-2.pipedrive.com/", "https://oauth.pipedrive.com/", "https://acme-2.pipedrive.com"),
        ("http://127.0.0.1:8401", "http://127.0.0.1:8401", "http://127.0.0.1:8401"),
    ],
)
def test_tokens_go_to_pipedrive(api_domain: str, oauth_url: str, origin: str) -> None:
    assert check_api_domain(api_domain=api_domain, oauth_url=oauth_url) == origin


@pytest.mark.parametrize(
    ("api_domain", "oauth_url"),
    [
        ("http://acme.pipedrive.com", "https://oauth.pipedrive.com"),
        ("https://pipedrive.com", "https://oauth.pipedrive.com"),
        ("https://a.b.pipedrive.com", "https://oauth.pipedrive.com"),
        ("https://acme.pipedrive.com.evil.example", "https://oauth.pipedrive.com"),
        ("https://evil.example/.pipedrive.com", "https://oauth.pipedrive.com"),
        ("https://evil@acme.pipedrive.com", "https://oauth.pipedrive.com"),
        ("https://acme.pipedrive.com:8443", "https://oauth.pipedrive.com"),
        ("https://acme.pipedrive.com/path", "https://oauth.pipedrive.com"),
        ("https://acme.pipedrive.com\n", "https://oauth.pipedrive.com"),
        ("", "https://oauth.pipedrive.com"),
        ("https://acme.pipedrive.com", "http://127.0.0.1:8401"),
        ("http://127.0.0.1:8402", "http://127.0.0.1:8401"),
    ],
)
def test_tokens_go_nowhere_else(api_domain: str, oauth_url: str) -> None:
    with pytest.raises(WrongApiDomain):
        check_api_domain(api_domain=api_domain, oauth_url=oauth_url)
