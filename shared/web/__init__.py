"""Pages and JSON over one declarative layer: a route says who may call it, what comes in and what goes out."""

from shared.web.access import any_of, guardian, link, provider, public, staff
from shared.web.api import Api
from shared.web.app import build_app
from shared.web.mount import mount
from shared.web.problems import Problem, conflict, forbidden, not_found
from shared.web.request import Request
from shared.web.response import Response, file_response, json_response, no_content, page, redirect
from shared.web.tables import web_tables

__all__ = [
    "Api",
    "Problem",
    "Request",
    "Response",
    "any_of",
    "build_app",
    "conflict",
    "file_response",
    "forbidden",
    "guardian",
    "json_response",
    "link",
    "mount",
    "no_content",
    "not_found",
    "page",
    "provider",
    "public",
    "redirect",
    "staff",
    "web_tables",
]
