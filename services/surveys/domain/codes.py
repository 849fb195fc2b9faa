"""Eight characters and a PIN, for paper and the telephone.

Crockford's base 32 (no I, L, O, U; https://www.crockford.com/base32.html): read aloud, typed and scanned with few slips.
Derived under the cell's key from the assignment, so that a reminder letter carries the code that the family already has;
kept hashed under the same key, for forty bits alone could be tried out by who holds the table.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta

from services.surveys.domain.written import western_digits

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
PIN_LENGTH = 4
MISSES = 5  # wrong PINs in a row, then the code rests
BARRED = timedelta(minutes=15)
_SLIPS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class Code:
    """`shown` is how it is printed and read aloud."""

    code: str
    pin: str

    @property
    def shown(self) -> str:
        return f"{self.code[:4]}-{self.code[4:]}"


def code_of(digest: bytes) -> Code:
    """The code and PIN that a keyed digest (32 bytes) of an assignment stands for; the same each time."""
    number = int.from_bytes(digest[:5], "big")
    code = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
    return Code(code, f"{int.from_bytes(digest[8:16], 'big') % 10**PIN_LENGTH:0{PIN_LENGTH}d}")


def read_code(text: str) -> str | None:
    """The code that was typed or spoken, with the usual slips (O for 0, I and L for 1) put right; None if it is none."""
    code = text.upper().translate(_SLIPS)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def same_pin(given: str, pin: str) -> bool:
    """Compared in a time that tells nothing; digits of any script are those of the PIN."""
    return hmac.compare_digest(western_digits(given).strip().encode(), pin.encode())
