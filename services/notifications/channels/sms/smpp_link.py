"""A bound SMPP 3.4 session: what both directions share."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from typing import Any

from smpplib import consts, smpp
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as Lost
from smpplib.exceptions import PDUError, UnknownCommandError

# a PDU that cannot be read leaves the stream of bytes useless, like a connection that is gone
BROKEN = (Lost, OSError, PDUError, UnknownCommandError, ValueError, IndexError, KeyError)
TIMEOUT_S = 20
BIND_TRANSMITTER, BIND_RECEIVER, BIND_TRANSCEIVER = "bind_transmitter", "bind_receiver", "bind_transceiver"
_BOUND = (consts.SMPP_CLIENT_STATE_BOUND_TX, consts.SMPP_CLIENT_STATE_BOUND_RX, consts.SMPP_CLIENT_STATE_BOUND_TRX)
_NOT_US = (consts.SMPP_ESME_RINVPASWD, consts.SMPP_ESME_RINVSYSID)

__all__ = ["BIND_TRANSMITTER", "BROKEN", "BindRefused", "answer", "bind", "bind_to_listen", "close"]


class BindRefused(Exception):
    """The SMSC does not let us in; `status` is its command_status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind refused: 0x{status:08x}")
        self.status = status


def bind(settings: Mapping[str, Any], how: str, *, timeout: float = TIMEOUT_S) -> Any:
    """A bound client; raises BindRefused, or one of BROKEN where nobody answers."""
    host, port = str(settings["host"]), int(settings["port"])
    client = Client(host, port, timeout=timeout, logger_name="smpp", allow_unknown_opt_params=True)
    logging.getLogger("smpp").disabled = True  # it writes numbers and texts
    try:
        client.connect()
        client._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        getattr(client, how)(system_id=str(settings["system_id"]), password=str(settings["password"]))
    except PDUError as error:
        close(client)
        raise BindRefused(int(error.args[1]) if len(error.args) > 1 else consts.SMPP_ESME_RBINDFAIL) from None
    except BROKEN:
        close(client)
        raise
    return client


def bind_to_listen(settings: Mapping[str, Any], *, timeout: float = TIMEOUT_S) -> Any:
    """A bind that is brought what comes in: both ways, as most SMSCs want it, else a receiver's (SMPP 3.4 §2.2)."""
    try:
        return bind(settings, BIND_TRANSCEIVER, timeout=timeout)
    except BindRefused as error:
        if error.status in _NOT_US:
            raise
        return bind(settings, BIND_RECEIVER, timeout=timeout)


def answer(client: Any, name: str, sequence: int, *, status: int = consts.SMPP_ESME_ROK) -> None:
    """A response to the SMSC's own request."""
    response = smpp.make_pdu(name, client=client, status=status)
    response.sequence = sequence
    client.send_pdu(response)


def close(client: Any) -> None:
    """Gone, politely where that is possible."""
    try:
        if client.state in _BOUND:
            client.send_pdu(smpp.make_pdu("unbind", client=client))
    except BROKEN:
        pass
    finally:
        client.disconnect()
