"""The base of every error that a person reads: what, where, remedy; never a person's data."""

from __future__ import annotations


class HomeroomError(Exception):
    """Something a person can act on.

    `code` is stable and documented (`BACKING_MISSING`), `message` says what is wrong, `where` names the place
    (`file:line:field`, a URL without credentials, a command), `remedy` what to do about it.
    """

    def __init__(self, code: str, message: str, remedy: str = "", where: str = "") -> None:
        super().__init__(code, message, remedy, where)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.where = where

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        remedy = f" → {self.remedy}" if self.remedy else ""
        return f"{self.code} {self.message}{place}{remedy}"

    def as_dict(self) -> dict[str, str]:
        """The same for `--json` and for a problem response (RFC 9457)."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy, "where": self.where}
