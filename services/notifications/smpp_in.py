"""The process that listens to an SMSC: a bind of its own, messages taken in batches, each acknowledged once it is committed."""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Event
from typing import Any

import structlog
from smpplib import consts, smpp

from services.notifications.channels.sms import smpp_link, smpp_words
from services.notifications.handlers import sms_in
from services.notifications.ports import Ports
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork

log = structlog.get_logger(__name__)
BATCH = 100
ENQUIRE_S = 15.0  # without a word for so long, the SMSC is asked whether it is there; twice in vain is gone
WAITS_S = (1, 2, 5, 10, 30)
UNREADABLE = "SMSC"  # no number: nobody's words
Transaction = Callable[[], AbstractContextManager[UnitOfWork]]


class Listener:
    """One account's receiver. `settings` as in the cell file."""

    def __init__(self, transaction: Transaction, ports: Ports, settings: Mapping[str, Any]) -> None:
        self._transaction, self._ports, self._settings = transaction, ports, settings
        self._failures = 0
        self.bound = Event()

    def run(self, stop: Event, *, enquire_s: float = ENQUIRE_S) -> None:
        """Until `stop`; a session that ends is begun again, after a while that grows."""
        while not stop.is_set():
            client = None
            try:
                client = smpp_link.bind_to_listen(self._settings)
                client._socket.settimeout(enquire_s)
                self._failures = 0
                log.info("smpp_listening", account=self._settings["name"])
                self.bound.set()
                self._converse(client, stop)
            except smpp_link.BindRefused as error:
                log.error("smpp_bind_refused", account=self._settings["name"], status=f"0x{error.status:08x}")
            except smpp_link.BROKEN as error:
                log.warning("smpp_session_lost", account=self._settings["name"], error=type(error).__name__)
            finally:
                self.bound.clear()
                if client is not None:
                    smpp_link.close(client)
            if not stop.is_set():
                stop.wait(WAITS_S[min(self._failures, len(WAITS_S) - 1)])
                self._failures += 1

    def _converse(self, client: Any, stop: Event) -> None:
        session, silent = new_id(), 0
        while not stop.is_set():
            try:
                pdus = self._batch(client)
            except TimeoutError:
                if silent:
                    raise
                silent = 1
                client.send_pdu(smpp.make_pdu("enquire_link", client=client))
                with self._transaction() as uow:
                    sms_in.tidy(uow, self._ports)
                continue
            silent = 0
            for pdu in pdus:
                if pdu.command == "enquire_link":
                    smpp_link.answer(client, "enquire_link_resp", pdu.sequence)
                elif pdu.command == "unbind":
                    smpp_link.answer(client, "unbind_resp", pdu.sequence)
                    raise OSError("the SMSC ended the session")
            self._take(client, session, [pdu for pdu in pdus if pdu.command == "deliver_sm"])

    @staticmethod
    def _batch(client: Any) -> list[Any]:
        """The next PDU, and what has come with it."""
        pdus = [client.read_pdu()]
        while len(pdus) < BATCH and select.select([client._socket], [], [], 0)[0]:
            pdus.append(client.read_pdu())
        return pdus

    def _take(self, client: Any, session: str, pdus: Sequence[Any]) -> None:
        """All in one transaction; if that fails, one by one, so that one bad message keeps no other waiting."""
        groups = [pdus] if pdus else []
        while groups:
            group = groups.pop(0)
            status = consts.SMPP_ESME_ROK
            try:
                with self._transaction() as uow:
                    sms_in.heard(uow, self._ports, [_heard(session, pdu) for pdu in group])
            except Exception as error:  # whatever it is, the SMSC keeps the message and brings it again
                if len(group) > 1:
                    groups = [[pdu] for pdu in group] + groups
                    continue
                log.error("smpp_message_not_taken", account=self._settings["name"], error=type(error).__name__)
                status = consts.SMPP_ESME_RX_T_APPN
            for pdu in group:
                smpp_link.answer(client, "deliver_sm_resp", pdu.sequence, status=status)


def _heard(session: str, pdu: Any) -> sms_in.Heard:
    """A telephone's words or a receipt; a receipt that we cannot read is kept like the words of a stranger."""
    if not smpp_words.is_receipt(pdu):
        return sms_in.Heard(session, pdu.sequence, smpp_words.number_of(pdu), smpp_words.piece_of(pdu))
    receipt = smpp_words.receipt_of(pdu)
    if receipt is not None:
        return sms_in.Heard(session, pdu.sequence, receipt=receipt)
    return sms_in.Heard(session, pdu.sequence, UNREADABLE, smpp_words.piece_of(pdu))
