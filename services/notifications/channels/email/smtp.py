"""A small SMTP client for many messages on one connection (RFC 5321).

Where the server offers PIPELINING (RFC 2920), the end of one message and MAIL, RCPT and DATA of the next go out in one
write and their answers come back in one read: a round trip and two system calls per message. The client of the standard
library takes four round trips. Otherwise it waits for every answer.
"""

from __future__ import annotations

import re
import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.notifications.channels.email.mime import Mail
from services.notifications.channels.email.replies import Answer, at_sender, at_text, at_to, unanswered
from services.notifications.channels.port import Outcome, Receipt

CONNECT_S = 10
ANSWER_S = 60  # RFC 5321 §4.5.3.2 allows minutes; a batch is leased for five
_LONGEST_LINE = 65_536
_END = b".\r\n"
_DOT = re.compile(rb"\n\.")


class Hangup(OSError):
    """The connection is of no more use. `answer`: the server's last word, where it had one."""

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__("the mail server has ended the connection")
        self.answer = answer


@dataclass(frozen=True)
class Server:
    """Where and how to connect."""

    host: str
    port: int = 25
    starttls: bool = False
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    name: str = "homeroom.invalid"


class Connection:
    """An open session. Raises OSError while it is being opened: Hangup where the server would not have us."""

    def __init__(self, server: Server) -> None:
        self._socket: socket.socket = socket.create_connection((server.host, server.port), timeout=CONNECT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(ANSWER_S)
        self._buffer = b""
        try:
            self._greet(server)
        except BaseException:
            self.close()
            raise

    def _greet(self, server: Server) -> None:
        self._expect(self._answer(), 220)
        offers = self._hello(server.name)
        if server.starttls:
            self._expect(self._ask("STARTTLS"), 220)
            self._buffer = b""  # what was said in the clear after STARTTLS is not to be believed (CVE-2011-0411)
            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=server.host)
            offers = self._hello(server.name)
        if server.user:
            self._log_in(server, offers.get("AUTH", ""))
        self.pipelines = "PIPELINING" in offers

    def _hello(self, name: str) -> dict[str, str]:
        """What the server offers, by keyword."""
        answer = self._ask(f"EHLO {name}")
        if answer.code in (500, 502, 504):
            self._expect(self._ask(f"HELO {name}"), 250)
            return {}
        self._expect(answer, 250)
        offers = (line.replace("=", " ", 1).partition(" ") for line in answer.text.split("\n")[1:])
        return {keyword.upper(): values.upper() for keyword, _, values in offers}

    def _log_in(self, server: Server, offered: str) -> None:
        if "PLAIN" in offered or "LOGIN" not in offered:
            secret = b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
            self._expect(self._ask(f"AUTH PLAIN {secret}"), 235)
            return
        answer = self._ask("AUTH LOGIN")
        for _ in range(2):
            self._expect(answer, 334)
            asked = b64decode(answer.text or b"", validate=False).decode("ascii", "replace").lower()
            answer = self._ask(b64encode((server.password if "pass" in asked else server.user).encode()).decode())
        self._expect(answer, 235)

    def _expect(self, answer: Answer, code: int) -> None:
        if answer.code != code:
            raise Hangup(answer)

    def send(self, mails: Sequence[Mail], outcomes: list[Outcome]) -> Iterator[None]:
        """Append one outcome per mail, in order; raises OSError when the rest must go by another connection.

        Stops wherever the server has been asked something, so that whoever drives it can ask another meanwhile. What was
        handed over when the connection broke has its outcome before that.
        """
        ahead = False  # the envelope of the next mail is already on its way
        for at, mail in enumerate(mails):
            following = mails[at + 1] if at + 1 < len(mails) and self.pipelines else None
            if not ahead:
                self._open_envelope(mail)
                yield
            refusal = self._envelope_answer(mail)
            if refusal is not None:
                outcomes.append(refusal)
                ahead = False
                continue
            data = _stuffed(mail.data) + _END
            ahead = following is not None
            try:
                self._socket.sendall(data + _envelope(following) if following else data)
                yield
                answer = self._answer()
            except OSError:
                outcomes.append(unanswered())
                raise
            outcomes.append(Receipt(None) if answer.code == 250 else at_text(answer))
            if answer.code == 421:
                raise Hangup(answer)

    def _open_envelope(self, mail: Mail) -> None:
        if self.pipelines:
            self._socket.sendall(_envelope(mail))

    def _envelope_answer(self, mail: Mail) -> Outcome | None:
        """None when the text may follow; otherwise the refusal, with the session ready for another mail."""
        if self.pipelines:
            sender, to, go = self._answer(), self._answer(), self._answer()
        else:
            sender = self._ask(f"MAIL FROM:<{mail.sender}>")
            to = self._ask(f"RCPT TO:<{mail.to}>") if sender.code == 250 else Answer(503, "")
            go = self._ask("DATA") if to.code in (250, 251) else Answer(503, "")
        if go.code == 354 and to.code in (250, 251) and sender.code == 250:
            return None
        if go.code == 354:  # RFC 2920 §3.1: it takes a text that is for nobody
            self._socket.sendall(_END)
            self._answer()
        refusal = at_sender(sender) if sender.code != 250 else at_to(to) if to.code not in (250, 251) else at_text(go)
        if 421 in (sender.code, to.code, go.code):
            raise Hangup(next(answer for answer in (sender, to, go) if answer.code == 421))
        self._expect(self._ask("RSET"), 250)
        return refusal

    def _ask(self, command: str) -> Answer:
        self._socket.sendall(command.encode("ascii") + b"\r\n")
        return self._answer()

    def _answer(self) -> Answer:
        """One answer, which may have several lines (RFC 5321 §4.2.1)."""
        texts: list[str] = []
        while True:
            end = self._buffer.find(b"\n")
            while end < 0:
                if len(self._buffer) > _LONGEST_LINE:
                    raise Hangup
                more = self._socket.recv(65_536)
                if not more:
                    raise Hangup
                self._buffer += more
                end = self._buffer.find(b"\n")
            line, self._buffer = self._buffer[:end].rstrip(b"\r"), self._buffer[end + 1 :]
            if not line[:3].isdigit():
                raise Hangup  # a server that answers nonsense
            texts.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return Answer(int(line[:3]), "\n".join(texts))

    def quit(self) -> None:
        """Say goodbye, without waiting for it to be returned; OSError if nobody listens any more."""
        try:
            self._socket.sendall(b"QUIT\r\n")
        finally:
            self.close()

    def close(self) -> None:
        self._socket.close()


def _envelope(mail: Mail) -> bytes:
    return f"MAIL FROM:<{mail.sender}>\r\nRCPT TO:<{mail.to}>\r\nDATA\r\n".encode("ascii")


def _stuffed(data: bytes) -> bytes:
    """A line that begins with a dot gets another (RFC 5321 §4.5.2). A mail begins with a header, and ends its last line."""
    return data.replace(b"\r\n.", b"\r\n..") if _DOT.search(data) else data  # most have none, and looking is cheaper
