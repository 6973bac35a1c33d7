"""The headers of every answer, in one place: who may frame it, what it may load, who may keep it."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from marketplace.access import Surface, core, surface
from marketplace.assets import is_fingerprinted
from sync.settings import XERO_LOGIN_URL, Settings

_LONG = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=3600"
# Chrome draws its viewer into the answer itself, with styles that anything stricter would forbid.
# https://bugs.chromium.org/p/chromium/issues/detail?id=271452
_DOCUMENT_POLICY = "frame-ancestors 'none'"


def protect(app: Flask) -> None:
    """Put the headers on every answer of the app."""
    app.after_request(_add_headers)


def content_security_policy(settings: Settings, *, shown: Surface) -> str:
    """Write the policy: nothing inline, nothing evaluated, nothing from anybody else; only Pipedrive may frame its pages."""
    ancestors = settings.frame_ancestors if shown is Surface.FRAME else "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            # A browser holds the redirects after a form against this as well, and Connect ends at Xero's consent page.
            f"form-action 'self' {_xero_consent_pages(settings)}",
            f"frame-ancestors {ancestors}",
        )
    )


def _xero_consent_pages(settings: Settings) -> str:
    if settings.xero_login_url == XERO_LOGIN_URL:
        return "https://*.xero.com"
    parts = urlsplit(settings.xero_login_url)
    return f"{parts.scheme}://{parts.netloc}"


def _add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = (
        _DOCUMENT_POLICY
        if response.mimetype == "application/pdf"
        else content_security_policy(core().settings, shown=surface())
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint == "static":
        name = str((request.view_args or {}).get("filename", ""))
        response.headers["Cache-Control"] = _LONG if is_fingerprinted(name) else _SHORT
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
