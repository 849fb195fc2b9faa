"""SMS over SMPP 3.4: one bound session, a window of messages under way, no key by which a message is found again.

Receipts and answers come to the listening process (`homeroom smpp-in`), which holds a bind of its own: a
sender that also listened would have to keep what it hears while it dies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Lock
from typing import Any

from smpplib import consts, smpp

from services.notifications.channels.port import ChannelError, Doubtful, Outcome, Outgoing, Receipt
from services.notifications.channels.sms import smpp_link
from services.notifications.channels.sms.segments import MOST, fitted
from services.notifications.channels.sms.smpp_words import Piece, address, pieces
from services.notifications.channels.twilio import NO_ANSWER
from shared.clock import monotonic
from shared.ids import new_id

WINDOW = 10
FRESH_S = 2.0  # a session kept longer without a word is asked whether it is still there
RESTS_S = (0.25, 0.5, 1.0, 2.0)  # throttled: waits, then tries again on the same session
THROTTLED = frozenset({consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL})
# command_status after which this number will never take this message (SMPP 3.4 §5.1.3)
PERMANENT = frozenset(
    {consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON, consts.SMPP_ESME_RINVDSTNPI, consts.SMPP_ESME_RINVMSGLEN}
)
UNAVAILABLE = ChannelError("sms_unavailable", permanent=False, account=True)


@dataclass
class _Part:
    """One submit_sm of a letter."""

    of: int
    piece: Piece
    tries: int = 0
    said: Outcome | None = None


@dataclass
class _Letter:
    fields: Mapping[str, Any] = field(repr=False)
    parts: list[_Part] = field(repr=False)

    def outcome(self) -> Outcome:
        """One word for all parts; some gone and some not is a matter for a person."""
        said = [part.said or UNAVAILABLE for part in self.parts]
        errors = [one for one in said if isinstance(one, ChannelError)]
        if not errors:
            return said[-1]  # its last part asks for the receipt
        if len(errors) == len(said) and not any(isinstance(error, Doubtful) for error in errors):
            return errors[0]
        return next((error for error in errors if isinstance(error, Doubtful)), Doubtful("sms_in_part"))


class SmppSms:
    """`settings`: host, port, system_id, password, sender; optionally window, segments."""

    keeps_keys = False

    def __init__(self, settings: Mapping[str, Any], *, base_url: str) -> None:
        self.name = str(settings.get("name", "smpp"))
        self._settings = settings
        self._window = int(settings.get("window", WINDOW))
        self._segments = int(settings.get("segments", MOST))
        self._lock = Lock()
        self._client: Any = None
        self._used_at = 0.0

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """One batch at a time: a session is a single stream."""
        outcomes: list[Outcome | None] = [_refused(letter) for letter in batch]
        letters = {number: self._letter(number, batch[number]) for number, said in enumerate(outcomes) if said is None}
        with self._lock:
            self._submit(letters)
        return [said if said is not None else letters[number].outcome() for number, said in enumerate(outcomes)]

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _letter(self, number: int, letter: Outgoing) -> _Letter:
        cut = pieces(fitted(letter.body, letter.link, most=self._segments), new_id())
        fields = {**address("source", str(self._settings.get("sender", ""))), **address("destination", letter.to)}
        if letter.expires_at is not None:
            fields["validity_period"] = _relative(letter.expires_at - letter.at)
        return _Letter(fields, [_Part(number, piece) for piece in cut])

    def _submit(self, letters: Mapping[int, _Letter]) -> None:
        waiting = deque(part for letter in letters.values() for part in letter.parts)
        if not waiting:
            return
        under_way: dict[int, _Part] = {}
        try:
            client = self._session()
            while waiting or under_way:
                while waiting and len(under_way) < self._window:
                    part = waiting.popleft()
                    sequence = client.next_sequence()  # known before it goes: a send that fails half-way is in doubt
                    under_way[sequence] = part
                    client.send_pdu(_submit_sm(client, letters[part.of].fields, part.piece, sequence))
                self._hear(client, under_way, waiting)
            self._used_at = monotonic()
        except smpp_link.BindRefused as error:
            refused = ChannelError(f"sms_smpp_bind_{error.status:x}", permanent=False, account=True)
            for part in waiting:
                part.said = refused
        except smpp_link.BROKEN:
            self._drop()
            for part in under_way.values():
                part.said = Doubtful(f"sms_{NO_ANSWER}")

    def _hear(self, client: Any, under_way: dict[int, _Part], waiting: deque[_Part]) -> None:
        """The next PDU. Raises one of BROKEN where the session is over."""
        pdu = client.read_pdu()
        if pdu.command == "enquire_link":
            smpp_link.answer(client, "enquire_link_resp", pdu.sequence)
        elif pdu.command == "unbind":
            smpp_link.answer(client, "unbind_resp", pdu.sequence)
            raise OSError("the SMSC ended the session")
        elif pdu.command in ("submit_sm_resp", "generic_nack") and (part := under_way.pop(pdu.sequence, None)):
            if pdu.status in THROTTLED and part.tries < len(RESTS_S):
                Event().wait(RESTS_S[part.tries])  # an SMSC that is pressed on throttles longer
                part.tries += 1
                waiting.appendleft(part)
                return
            part.said = _said(pdu)
            if pdu.status in THROTTLED:  # it has had its rests: what was not begun goes another way or later
                for other in [one for one in waiting if one.tries == 0]:
                    waiting.remove(other)
                    other.said = part.said

    def _session(self) -> Any:
        """The kept session if it is there, else a new one."""
        if self._client is not None and monotonic() - self._used_at > FRESH_S and not self._alive():
            self._drop()
        if self._client is None:
            self._client = smpp_link.bind(self._settings, smpp_link.BIND_TRANSMITTER)
        return self._client

    def _alive(self) -> bool:
        try:
            request = smpp.make_pdu("enquire_link", client=self._client)
            self._client.send_pdu(request)
            while True:
                pdu = self._client.read_pdu()
                if pdu.command == "enquire_link":
                    smpp_link.answer(self._client, "enquire_link_resp", pdu.sequence)
                elif pdu.command == "enquire_link_resp":
                    return True
                elif pdu.command == "unbind":
                    return False
        except smpp_link.BROKEN:
            return False

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            smpp_link.close(client)


def _refused(letter: Outgoing) -> Outcome | None:
    """What is settled before any session: may have gone, or comes too late."""
    if letter.again:
        return Doubtful()
    if letter.expires_at is not None and letter.expires_at <= letter.at:
        return ChannelError("expired", permanent=True)
    return None


def _submit_sm(client: Any, fields: Mapping[str, Any], piece: Piece, sequence: int) -> Any:
    return smpp.make_pdu(
        "submit_sm",
        client=client,
        sequence=sequence,
        esm_class=consts.SMPP_GSMFEAT_UDHI if piece.total > 1 else consts.SMPP_MSGMODE_DEFAULT,
        data_coding=piece.data_coding,
        registered_delivery=1 if piece.number == piece.total else 0,
        short_message=piece.octets,
        **fields,
    )


def _said(pdu: Any) -> Outcome:
    if pdu.status == consts.SMPP_ESME_ROK and pdu.command == "submit_sm_resp":
        ref = getattr(pdu, "message_id", None) or b""
        return Receipt(ref.decode("ascii", "replace")) if ref else Doubtful(f"sms_{NO_ANSWER}")
    return ChannelError(f"sms_smpp_{pdu.status:x}", permanent=pdu.status in PERMANENT, account=pdu.status not in PERMANENT)


def _relative(left: timedelta) -> str:
    """Relative validity period, YYMMDDhhmmss000R (SMPP 3.4 §7.1.1.2); a month at most."""
    seconds = min(max(int(left.total_seconds()), 1), 30 * 86_400)
    days, rest = divmod(seconds, 86_400)
    return f"0000{days:02}{rest // 3600:02}{rest % 3600 // 60:02}{rest % 60:02}000R"
