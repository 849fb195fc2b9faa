"""Problem responses (RFC 9457): what is wrong, what to do, which fields; never a stack trace, never personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from shared.errors import HomeroomError

FieldErrors = Mapping[str, Sequence[str]]


class Problem(HomeroomError):
    """An answer other than success. `errors` maps a field to what is wrong with it; `status` is the HTTP status."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        detail: str = "",
        remedy: str = "",
        where: str = "",
        errors: FieldErrors | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(code, detail or title, remedy, where)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = {name: list(texts) for name, texts in (errors or {}).items()}
        self.headers = tuple(headers)

    def body(self) -> dict[str, Any]:
        """Members of the problem document; `type` is a stable URN made of the code."""
        members: dict[str, Any] = {
            "type": f"urn:homeroom:problem:{self.code.lower()}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        optional = {"detail": self.detail, "remedy": self.remedy, "errors": self.errors}
        return members | {name: value for name, value in optional.items() if value}


def not_found(what: str = "page") -> Problem:
    """Also the answer where saying "you may not" would tell that it exists."""
    return Problem(
        404, "NOT_FOUND", f"There is no such {what}.", remedy="Check the address, or start from the first page."
    )


def forbidden(reason: str, *, rule: str = "") -> Problem:
    """`reason` as `Decision.reason` words it."""
    return Problem(403, "FORBIDDEN", "You may not do this.", detail=reason, remedy="Ask the school office.", where=rule)


def conflict(title: str, *, code: str = "CONFLICT", detail: str = "", remedy: str = "") -> Problem:
    return Problem(409, code, title, detail=detail, remedy=remedy)


def unauthenticated() -> Problem:
    return Problem(401, "SIGN_IN", "Please sign in.", remedy="Sign in, then try again.")


def link_refused() -> Problem:
    """One answer for every link that does not work, whatever the cause."""
    return Problem(
        410,
        "LINK_REFUSED",
        "This link does not work any more.",
        remedy="Ask the school for a new one. A link works once and for a limited time.",
    )


def form_refused() -> Problem:
    return Problem(
        403,
        "FORM_EXPIRED",
        "This form has expired.",
        detail="The form did not come from the page we showed you, or you signed in again since.",
        remedy="Go back, load the page again and send the form once more.",
    )


def invalid(errors: FieldErrors) -> Problem:
    return Problem(
        422, "INVALID", "Some of the answers need another look.", remedy="Correct the fields named here.", errors=errors
    )


def unavailable() -> Problem:
    return Problem(
        503,
        "UNAVAILABLE",
        "This is not available right now.",
        detail="Nothing was changed by this request.",
        remedy="Try again in a minute.",
        headers=(("Retry-After", "10"),),
    )


def from_error(error: HomeroomError) -> Problem:
    """A domain error that reached the web layer, as a problem."""
    if isinstance(error, Problem):
        return error
    if error.code == "LINK_REFUSED":
        return link_refused()
    return Problem(400, error.code, error.message, remedy=error.remedy, where=error.where)


def from_status(status: int) -> Problem:
    """The framework's own refusals (404, 405, 413 …) in our shape."""
    if status == 404:
        return not_found()
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    code = phrase.upper().replace(" ", "_").replace("-", "_")
    return Problem(status, code, f"{phrase}.", remedy="Check the request against the API's description, openapi.json.")


def unexpected() -> Problem:
    return Problem(
        500,
        "UNEXPECTED",
        "Something went wrong on our side.",
        detail="It has been recorded. Nothing was changed by this request.",
        remedy="Try again; if it happens again, tell the school office.",
    )
