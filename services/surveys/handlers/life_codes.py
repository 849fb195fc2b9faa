"""Codes on paper and for the telephone: given out per assignment, recognised with their PIN, guessed at only slowly."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from services.surveys.domain.calendar import GRACE, LINK_LIFE
from services.surveys.domain.codes import BARRED, MISSES, Code, code_of, read_code, same_pin
from services.surveys.ports import Ports
from services.surveys.store import life
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork

_ATTEMPTS = 8  # two of a million assignments may meet in one code; eight times in a row they do not
_ALWAYS = datetime(2100, 1, 1, tzinfo=UTC)


class Refusal(StrEnum):
    """Why a code does not open anything. `UNKNOWN` also stands for a wrong PIN: nothing is learnt by trying."""

    UNKNOWN = "unknown"
    BARRED = "barred"  # after five wrong PINs, for a quarter of an hour
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Found:
    """What a code leads to: an assignment, or the reason for none."""

    assignment_id: str | None = None
    refusal: Refusal | None = None


def code_for(uow: UnitOfWork, ports: Ports, assignment: Any) -> Code:
    """The code of one assignment (its row)."""
    return codes_for(uow, ports, [assignment])[assignment.assignment_id]


def codes_for(uow: UnitOfWork, ports: Ports, assignments: Sequence[Any]) -> dict[str, Code]:
    """By assignment id; the same code and PIN whenever asked, so that a letter printed twice says the same."""
    attempts = life.codes_of(uow.connection, [each.assignment_id for each in assignments])
    waiting = {each.assignment_id: each.due_at for each in assignments if each.assignment_id not in attempts}
    for attempt in range(_ATTEMPTS):
        if not waiting:
            break
        rows = [
            {
                "code_hash": _hash(ports, uow.district, _code(ports, uow.district, assignment_id, attempt).code),
                "assignment_id": assignment_id,
                "attempt": attempt,
                "misses": 0,
                "barred_until": None,
                "expires_at": due_at + GRACE + LINK_LIFE,
            }
            for assignment_id, due_at in waiting.items()
        ]
        for assignment_id in life.add_codes(uow.connection, rows):
            attempts[assignment_id] = attempt
            del waiting[assignment_id]
        if waiting:  # somebody prints the same forms at this moment: theirs is the code then
            theirs = life.codes_of(uow.connection, list(waiting))
            attempts |= theirs
            waiting = {key: due_at for key, due_at in waiting.items() if key not in theirs}
    if waiting:
        raise HomeroomError("CODES_EXHAUSTED", "No free code was found.", "Try again; tell us if it stays so.", "code")
    return {key: _code(ports, uow.district, key, attempt) for key, attempt in attempts.items()}


def by_code(uow: UnitOfWork, ports: Ports, code: str, pin: str) -> Found:
    """What a typed or spoken code leads to. Let the transaction commit whatever the answer: wrong PINs are counted."""
    read = read_code(code)
    code_hash = _hash(ports, uow.district, read) if read else ""
    row = life.code(uow.connection, code_hash) if read else None
    if row is None:
        return Found(refusal=Refusal.UNKNOWN)
    if row.barred_until is not None and uow.now < row.barred_until:
        return Found(refusal=Refusal.BARRED)
    if not same_pin(pin, _code(ports, uow.district, row.assignment_id, row.attempt).pin):
        misses = row.misses + 1
        barred = uow.now + BARRED if misses >= MISSES else None
        life.mark_code(uow.connection, code_hash, misses=0 if barred else misses, barred_until=barred)
        return Found(refusal=Refusal.BARRED if barred else Refusal.UNKNOWN)
    if row.misses or row.barred_until is not None:
        life.mark_code(uow.connection, code_hash, misses=0, barred_until=None)
    return Found(refusal=Refusal.EXPIRED) if uow.now > row.expires_at else Found(row.assignment_id)


def _code(ports: Ports, district: str, assignment_id: str, attempt: int) -> Code:
    return code_of(_keyed(ports, district, assignment_id, f"code {attempt}"))


def _hash(ports: Ports, district: str, code: str) -> str:
    return _keyed(ports, district, code, "look-up").hex()


def _keyed(ports: Ports, district: str, subject: str, use: str) -> bytes:
    """A digest that only the cell's link key can make: of a token that is never given out."""
    token = ports.links.issue(district, subject, purpose="survey-code", resource=use, expires_at=_ALWAYS, jti="code")
    return hashlib.sha256(token.encode()).digest()


__all__ = ["Code", "Found", "Refusal", "by_code", "code_for", "codes_for"]
