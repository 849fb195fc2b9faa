"""HTTP to an address that a user typed: https to public addresses only, bounded in time and size, redirects looked at anew.

The name is resolved once and the connection goes to that very address, so that a name cannot be public when it is looked at and
private when it is called (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from shared.clock import monotonic

LARGEST = 4 * 1024 * 1024  # bytes of an answer, unpacked
CONNECT_S, READ_S, WHOLE_S = 5.0, 15.0, 40.0
REDIRECTS = 4
_CHUNK = 65_536
_MOVED = frozenset({301, 302, 303, 307, 308})


class Trouble(Enum):
    """Why a calendar elsewhere could not be used; the page says it in words."""

    ADDRESS = "address"  # not https, or not a public address
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    REFUSED = "refused"  # user or password
    GONE = "gone"
    TOO_LARGE = "too_large"
    NOT_A_CALENDAR = "not_a_calendar"
    READ_ONLY = "read_only"


class Failed(Exception):
    """`trouble` is all there is to say: addresses and answers may hold secrets."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True)
class Client:
    """`hosts`: names that may be private and without TLS, as the cell's operator allows. Credentials go to `home` alone."""

    hosts: frozenset[str] = frozenset()
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    home: str = ""

    def call(self, method: str, url: str, body: str | bytes = b"", **headers: str) -> Answer:
        """The answer, whatever its status; raises Failed. Header names with underscores for dashes."""
        begun = monotonic()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        for _ in range(REDIRECTS + 1):
            answer = self._once(method, url, body, sent, until=begun + WHOLE_S)
            if answer.status not in _MOVED or "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"])
            if answer.status == 303:
                method, body = "GET", b""
        raise Failed(Trouble.UNREACHABLE)

    def _once(self, method: str, url: str, body: str | bytes, headers: Mapping[str, str], *, until: float) -> Answer:
        parts = split(url)
        address = self._address(parts)
        data = body.encode() if isinstance(body, str) else body
        session = requests.Session()
        session.trust_env = False  # no proxy and no .netrc of whoever runs this
        session.mount("https://", _Pinned(parts.hostname or ""))
        auth = (self.user, self.password) if self.user and parts.netloc == self.home else None
        pinned = urlunsplit(parts._replace(netloc=_netloc(address, parts)))
        try:
            with (
                closing(session),
                closing(
                    session.request(
                        method,
                        pinned,
                        data=data or None,
                        headers={"User-Agent": "Homeroom", **headers, "Host": parts.netloc},
                        auth=_Basic(*auth) if auth else None,
                        timeout=(CONNECT_S, READ_S),
                        allow_redirects=False,
                        stream=True,
                    )
                ) as response,
            ):
                return Answer(
                    response.status_code,
                    {name.lower(): value for name, value in response.headers.items()},
                    _bounded(response, until),
                    url,
                )
        except requests.Timeout:
            raise Failed(Trouble.SLOW) from None
        except (requests.RequestException, OSError, UnicodeError):
            raise Failed(Trouble.UNREACHABLE) from None

    def _address(self, parts: SplitResult) -> str:
        """The address to connect to; Failed(ADDRESS) unless it is public, or the operator allows its name."""
        host = parts.hostname or ""
        allowed = host in self.hosts
        if parts.scheme != "https" and not allowed:
            raise Failed(Trouble.ADDRESS)
        try:
            found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Failed(Trouble.UNREACHABLE) from None
        addresses = [str(entry[4][0]) for entry in found]
        if not allowed and not all(_public(address) for address in addresses):
            raise Failed(Trouble.ADDRESS)
        return addresses[0]


def split(url: str) -> SplitResult:
    """Failed(ADDRESS) for what is no web address."""
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError:
        raise Failed(Trouble.ADDRESS) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise Failed(Trouble.ADDRESS)
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or mapped.is_global)


def _netloc(address: str, parts: SplitResult) -> str:
    return f"[{address}]:{_port(parts)}" if ":" in address else f"{address}:{_port(parts)}"


def _bounded(response: requests.Response, until: float) -> bytes:
    """The unpacked body; Failed as soon as it is too large or takes too long, however slowly it drips."""
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise Failed(Trouble.TOO_LARGE)
        if monotonic() > until:
            raise Failed(Trouble.SLOW)
    return bytes(body)


class _Pinned(HTTPAdapter):
    """Connects to an address while TLS checks the certificate for the name."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, server_hostname=self._host, assert_hostname=self._host)


class _Basic(requests.auth.AuthBase):
    """UTF-8, as RFC 7617 has it; requests' own would take Latin-1."""

    def __init__(self, user: str, password: str) -> None:
        self._pair = (user.encode(), password.encode())

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed: requests.PreparedRequest = requests.auth.HTTPBasicAuth(*self._pair)(request)
        return signed
