"""What a mail server's answer means for a delivery: the recipient's fault or the account's, for now or for good."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.notifications.channels.port import ChannelError

NO_ANSWER = "smtp_no_answer"
UNAVAILABLE = "smtp_unavailable"
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 2034, RFC 3463
# shutting down, trouble on their side (greylisting too), no room, and the answers to who we are (RFC 4954 §6)
_ACCOUNT = frozenset({421, 432, 451, 452, 454, 530, 534, 535, 538})
_TOO_BIG = frozenset({523, 552})


@dataclass(frozen=True, slots=True)
class Answer:
    """Code and words. The words may quote an address, so they are for reading codes from, never for a log."""

    code: int
    text: str = field(repr=False)

    @property
    def word(self) -> str:
        """`smtp_5.1.1` where the server says it that exactly, else `smtp_550`."""
        found = _ENHANCED.match(self.text)
        return f"smtp_{found[1]}" if found and found[1][0] == str(self.code)[0] else f"smtp_{self.code}"


def at_to(answer: Answer) -> ChannelError:
    """RCPT was refused."""
    return _error(answer, account=answer.code in _ACCOUNT)


def at_sender(answer: Answer) -> ChannelError:
    """MAIL was refused: whoever the mail is for, this account may not send it now; a size that is too large stays so."""
    if answer.code in _TOO_BIG:
        return _error(answer, account=False)
    return ChannelError(answer.word, permanent=False, account=True)


def at_text(answer: Answer) -> ChannelError:
    """DATA or the text itself was refused. An answer that is none (2xx, 3xx) leaves it open: the same copy goes again."""
    if answer.code < 400:
        return unanswered()
    return _error(answer, account=answer.code in _ACCOUNT)


def at_greeting(answer: Answer | None) -> ChannelError:
    """No session could be opened."""
    return ChannelError(answer.word if answer else UNAVAILABLE, permanent=False, account=True)


def unanswered() -> ChannelError:
    """The text was handed over and nothing came back. It may go again: a second copy has the same Message-ID."""
    return ChannelError(NO_ANSWER, permanent=False, account=True)


def _error(answer: Answer, *, account: bool) -> ChannelError:
    permanent = answer.code >= 500 and not account
    return ChannelError(answer.word, permanent=permanent, account=account)
