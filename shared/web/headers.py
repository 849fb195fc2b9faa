"""Headers every answer carries, and compression."""

from __future__ import annotations

import gzip

import falcon

COMPRESS_FROM = 1_000  # bytes; below, the gzip header costs more than it saves
_TEXTUAL = ("text/", "application/json", "application/problem+json", "image/svg+xml")

# No inline script or style, nothing from elsewhere, no framing: a guardian's page needs none of it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # same-origin, not no-referrer: under no-referrer browsers send `Origin: null` with our own forms
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()"),
)
_PAGES_OWN = "Permissions-Policy"  # a page that records a voice asks for the microphone


def add_headers(resp: falcon.Response, *, media_type: str, secure: bool) -> None:
    """Security headers; `no-store` unless the handler said otherwise, since most answers are about a child."""
    for name, value in _ALWAYS:
        if name != _PAGES_OWN or resp.get_header(name) is None:
            resp.set_header(name, value)
    if secure:
        resp.set_header("Strict-Transport-Security", "max-age=31536000")
    if resp.get_header("Cache-Control") is None:
        resp.set_header("Cache-Control", "no-store")


def compressed(body: bytes, req: falcon.Request, resp: falcon.Response, *, media_type: str) -> bytes:
    """gzip for texts worth it. CSRF tokens are masked anew per page, so that lengths tell nothing (BREACH)."""
    if len(body) < COMPRESS_FROM or not media_type.startswith(_TEXTUAL):
        return body
    resp.append_header("Vary", "Accept-Encoding")
    if "gzip" not in (req.get_header("Accept-Encoding") or ""):
        return body
    resp.set_header("Content-Encoding", "gzip")
    return gzip.compress(body, compresslevel=5, mtime=0)
