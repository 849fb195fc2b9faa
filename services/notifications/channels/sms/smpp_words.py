"""Texts, numbers and receipts as SMPP writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smpplib import consts

from services.notifications.channels.sms.segments import Alphabet, alphabet, decoded, encoded, parts

_UDH_SHORT, _UDH_LONG = 0x00, 0x08  # references of 8 and of 16 bits
_RECEIPT = re.compile(rb"id:(\S+).*?stat:([A-Za-z]+)(?:.*?err:(\w+))?", re.DOTALL)
# the words of a receipt's text (SMPP 3.4 appendix B): our state, and whether it is final for this number
_STATES: Mapping[str, tuple[str, bool]] = {
    "ENROUTE": ("sent", False), "ACCEPTD": ("accepted", False), "DELIVRD": ("delivered", False), "EXPIRED": ("failed", False),
    "UNDELIV": ("failed", True), "DELETED": ("failed", True), "REJECTD": ("failed", True), "UNKNOWN": ("failed", False),
}  # fmt: skip
# … and the same as message_state says it (§5.2.28)
_BY_NUMBER = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One short message of a text: `number` of `total`, all with one `reference`."""

    octets: bytes = field(repr=False)
    data_coding: int
    number: int = 1
    total: int = 1
    reference: int = 0

    @property
    def text(self) -> str:
        return _text(self.octets, self.data_coding)


@dataclass(frozen=True, slots=True)
class Receipted:
    """What an SMSC says became of a message."""

    message_id: str
    state: str
    permanent: bool
    code: str


def address(which: str, number: str) -> dict[str, Any]:
    """TON and NPI by the look of it: E.164, a short code, or a name (3GPP TS 23.040 §9.1.2.5)."""
    name = "source_addr" if which == "source" else "destination_addr"
    prefix = "source_addr" if which == "source" else "dest_addr"
    if number.startswith("+"):
        ton, npi, number = consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN, number[1:]
    elif number.isdecimal():
        ton, npi = consts.SMPP_TON_UNK, consts.SMPP_NPI_ISDN
    else:
        ton, npi = consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK
    return {f"{prefix}_ton": ton, f"{prefix}_npi": npi, name: number}


def pieces(text: str, seed: str) -> list[Piece]:
    """The short messages of a text; parts of a longer one begin with a header that puts them together again.

    `seed` gives the reference, so that two long texts to one number do not mix.
    """
    kind, cut = alphabet(text), parts(text)
    coding = consts.SMPP_ENCODING_DEFAULT if kind is Alphabet.GSM else consts.SMPP_ENCODING_ISO10646
    if len(cut) == 1:
        return [Piece(encoded(text, kind), coding)]
    reference = sum(seed.encode()) % 256
    return [
        Piece(bytes([5, _UDH_SHORT, 3, reference, len(cut), number]) + encoded(part, kind), coding, number, len(cut), reference)
        for number, part in enumerate(cut, start=1)
    ]


def piece_of(pdu: Any) -> Piece:
    """What a deliver_sm of a telephone holds; its header, or the SAR parameters, say which part of what it is."""
    octets, coding = pdu.short_message or getattr(pdu, "message_payload", None) or b"", pdu.data_coding or 0
    if pdu.esm_class & consts.SMPP_GSMFEAT_UDHI and octets:
        header, octets = octets[1 : octets[0] + 1], octets[octets[0] + 1 :]
        while len(header) >= 2:
            kind, value, header = header[0], header[2 : 2 + header[1]], header[2 + header[1] :]
            if kind == _UDH_SHORT and len(value) == 3:
                return Piece(octets, coding, value[2], value[1], value[0])
            if kind == _UDH_LONG and len(value) == 4:
                return Piece(octets, coding, value[3], value[2], int.from_bytes(value[:2], "big"))
        return Piece(octets, coding)
    total = getattr(pdu, "sar_total_segments", None)
    if total and total > 1:
        return Piece(octets, coding, pdu.sar_segment_seqnum or 1, total, pdu.sar_msg_ref_num or 0)
    return Piece(octets, coding)


def is_receipt(pdu: Any) -> bool:
    """Whether the SMSC, not a telephone, is speaking (SMPP 3.4 §5.2.12)."""
    return (pdu.esm_class or 0) & 0x3C in (0x04, 0x08, 0x20)


def receipt_of(pdu: Any) -> Receipted | None:
    """What a receipt says; None where that is nothing we can read."""
    found = _RECEIPT.search(pdu.short_message or getattr(pdu, "message_payload", None) or b"")
    named = getattr(pdu, "receipted_message_id", None)
    number = getattr(pdu, "message_state", None)
    word = _BY_NUMBER.get(number or 0) or (found[2].decode().upper()[:7] if found else "")
    ref = named or (found[1] if found else None)
    if not ref or word not in _STATES:
        return None
    state, permanent = _STATES[word]
    error = found[3].decode().lower() if found and found[3] else "000"
    return Receipted(ref.decode("ascii", "replace"), state, permanent, f"sms_smpp_{word.lower()}_{error}")


def number_of(pdu: Any) -> str:
    """The sender as the roster writes numbers (E.164)."""
    number = (pdu.source_addr or b"").decode("ascii", "replace")
    return f"+{number}" if number.isdecimal() and pdu.source_addr_ton == consts.SMPP_TON_INTL else number


def _text(octets: bytes, coding: int) -> str:
    if coding == consts.SMPP_ENCODING_ISO10646:
        return decoded(octets, Alphabet.UCS2)
    if coding == consts.SMPP_ENCODING_DEFAULT:
        return decoded(octets, Alphabet.GSM)
    return octets.decode("utf-8" if coding == consts.SMPP_ENCODING_BINARY else "latin-1", "replace")
