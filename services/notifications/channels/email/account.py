"""An SMTP account: writes a batch of letters and hands them over on few connections, which it keeps for the next batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from services.notifications.channels.email.dkim import Signer
from services.notifications.channels.email.mime import Identity, Mail, write
from services.notifications.channels.email.replies import at_greeting
from services.notifications.channels.email.smtp import Connection, Hangup, Server
from services.notifications.channels.port import ChannelError, Outcome, Outgoing
from shared.clock import monotonic

CONNECTIONS = 4  # at a time and batch: the wait for one answer is filled with the next mail
SHARE = 8  # mails that are worth a connection of their own
KEPT = 2 * CONNECTIONS  # between batches
IDLE_S = 20
CONNECTS = 3  # per batch, without one mail going through in between


class SmtpAccount:
    """`settings`: host; optionally port, sender, user, password, starttls, postal_address, bounce_domain, reply_domain,
    inbound_token (makes token addresses), dkim_domain, dkim_selector, dkim_key_file.
    """

    keeps_keys = True

    def __init__(self, settings: Mapping[str, Any], *, base_url: str) -> None:
        self.name = str(settings["name"])
        self.sender = str(settings.get("sender") or "school@homeroom.invalid")
        self.identity = identity(settings, self.sender)
        self._server = server(settings, self.sender) if settings.get("host") else None
        self._kept: deque[tuple[float, Connection]] = deque()
        self._width = CONNECTIONS

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """A copy sent again bears the same Message-ID: a mailbox shows it once."""
        outcomes: list[Outcome | None] = [None] * len(batch)
        mails: list[Mail] = []
        places: list[int] = []
        for place, letter in enumerate(batch):
            try:
                mails.append(write(letter, self.identity))
            except KeyError:
                outcomes[place] = ChannelError("slot_missing", permanent=True)
            except ValueError:  # one address that no header can hold must not stop the others
                outcomes[place] = ChannelError("address_unusable", permanent=True)
            else:
                places.append(place)
        for place, outcome in zip(places, self._send(mails), strict=True):
            outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def _send(self, mails: Sequence[Mail]) -> list[Outcome]:
        """By several connections in turn: while one server process thinks, the next is given something to do."""
        outcomes: list[list[Outcome]] = [[] for _ in mails[::SHARE][:CONNECTIONS]]
        shares = [mails[at :: len(outcomes)] for at in range(len(outcomes))]
        failed: ChannelError = at_greeting(None)
        fruitless = 0
        open_shares = list(range(len(shares)))
        while open_shares and fruitless < CONNECTS:
            before = sum(map(len, outcomes))
            kept = False
            going: list[tuple[Connection, Iterator[None]]] = []
            try:
                for at in open_shares[: self._width]:
                    connection, known = self._connection()
                    kept |= known
                    going.append((connection, connection.send(shares[at][len(outcomes[at]) :], outcomes[at])))
            except OSError as error:
                failed = _why(error)
                self._width = max(1, len(going))  # a server that would not have another is not asked for one again
            for connection, error in _in_turn(going):
                if error is None:
                    self._keep(connection)
                else:
                    failed = _why(error)
            fruitless = 0 if kept or sum(map(len, outcomes)) > before else fruitless + 1
            open_shares = [at for at in open_shares if len(outcomes[at]) < len(shares[at])]
        for share, said in zip(shares, outcomes, strict=True):
            said += [failed] * (len(share) - len(said))
        return [outcomes[at % len(shares)][at // len(shares)] for at in range(len(mails))]

    def _connection(self) -> tuple[Connection, bool]:
        """One that was kept, else a new one; a kept one that has died meanwhile costs nothing but another try."""
        while self._kept:
            with suppress(IndexError):  # another thread took the last
                since, connection = self._kept.pop()
                if monotonic() - since < IDLE_S:
                    return connection, True
                connection.close()
        if self._server is None:
            raise OSError("no SMTP host is configured")
        return Connection(self._server), False

    def _keep(self, connection: Connection) -> None:
        self._kept.append((monotonic(), connection))
        if len(self._kept) > KEPT:
            with suppress(IndexError, OSError):
                self._kept.popleft()[1].quit()

    def close(self) -> None:
        """End the connections that are kept."""
        while self._kept:
            with suppress(IndexError, OSError):
                self._kept.pop()[1].quit()


def _in_turn(going: Sequence[tuple[Connection, Iterator[None]]]) -> Iterator[tuple[Connection, OSError | None]]:
    """Drive them by turns; each connection as it ends, with what ended it early."""
    turns = deque(going)
    while turns:
        connection, steps = turns.popleft()
        try:
            next(steps)
        except StopIteration:
            yield connection, None
        except OSError as error:
            connection.close()
            yield connection, error
        else:
            turns.append((connection, steps))


def _why(error: OSError) -> ChannelError:
    return at_greeting(error.answer if isinstance(error, Hangup) else None)


def identity(settings: Mapping[str, Any], sender: str) -> Identity:
    """What the account's mails say of their sender; HomeroomError where the DKIM key cannot be read."""
    domain, path = settings.get("dkim_domain"), settings.get("dkim_key_file")
    signer = (
        Signer.of_file(str(domain), str(settings.get("dkim_selector") or "homeroom"), str(path))
        if domain and path
        else None
    )
    return Identity(
        sender,
        str(settings.get("postal_address") or ""),
        str(settings.get("inbound_token") or "").encode(),
        str(settings.get("bounce_domain") or ""),
        str(settings.get("reply_domain") or ""),
        signer,
    )


def server(settings: Mapping[str, Any], sender: str) -> Server:
    return Server(
        str(settings["host"]),
        int(settings.get("port") or 25),
        str(settings.get("starttls") or "").lower() in ("true", "1", "yes"),
        str(settings.get("user") or ""),
        str(settings.get("password") or ""),
        sender.rpartition("@")[2] or "homeroom.invalid",
    )
