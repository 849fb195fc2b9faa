"""LMTP as the mail server beside us speaks it: 250 only once the mail is committed."""

from __future__ import annotations

import smtplib
import socket
from contextlib import contextmanager
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from services.notifications import mail_in
from services.notifications.channels.email.inbound import LARGEST
from services.notifications.tables.mail import MAIL_IN
from tests.unit.services.notifications.email.mails import KEY, stray, token_address

DELIVERY = "0198c0de-0000-7000-8000-0000000000d1"
TO = "info@mail.example.org"


class Runtime:
    """The district's database, which may be away."""

    def __init__(self, district) -> None:
        self.district, self.away = district, False

    @contextmanager
    def unit_of_work(self, service: str, slug: str):
        assert (service, slug) == ("notifications", "riverside")
        with self.district.transaction() as uow:
            yield uow
            if self.away:
                raise OSError("no room on the disk")


@pytest.fixture
def ports(district):
    return replace(district.ports, settings={"email": [{"name": "post", "inbound_token": KEY.decode()}]})


@pytest.fixture
def runtime(district):
    return Runtime(district)


@contextmanager
def listening(runtime, ports):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    door = mail_in.listener(runtime, ports, host="127.0.0.1", port=port)
    door.start()
    try:
        with smtplib.LMTP("127.0.0.1", port, timeout=20) as client:
            yield client
    finally:
        door.stop()


def test_a_mail_is_accepted_and_is_there(district, runtime, ports):
    with listening(runtime, ports) as client:
        assert client.sendmail("", [TO], stray()) == {}
    (row,) = district.rows(MAIL_IN)
    assert bytes(row["raw"]) == stray()


def test_while_the_database_is_away_the_mail_server_keeps_it(district, runtime, ports):
    runtime.away = True
    with listening(runtime, ports) as client, pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail("", [TO], stray())
    assert caught.value.smtp_code == 451 and not district.rows(MAIL_IN)
    runtime.away = False
    with listening(runtime, ports) as client:
        client.sendmail("", [TO], stray())
    assert len(district.rows(MAIL_IN)) == 1


def test_a_second_recipient_is_asked_to_come_again(runtime, ports):
    with listening(runtime, ports) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("")
        assert client.rcpt(TO)[0] == 250
        assert client.rcpt("other@mail.example.org")[0] == 452


def test_where_nobody_can_say_whose_it_is_the_mailbox_does_not_exist(runtime, ports):
    several = replace(ports, districts=("riverside", "lakeside"))
    with listening(runtime, several) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("")
        assert client.rcpt(TO)[0] == 550
        assert client.rcpt(token_address("reply", DELIVERY))[0] == 250


def test_a_mail_too_large_is_refused_and_counted(district, runtime, ports):
    def counted() -> float:
        return REGISTRY.get_sample_value("mail_in_total", {"kind": "too_large", "district": "other"}) or 0.0

    before = counted()
    row = b"x" * 70 + b"\r\n"
    with listening(runtime, ports) as client:
        client.ehlo_or_helo_if_needed()
        assert client.mail("", [f"SIZE={LARGEST + 1}"])[0] == 552
        client.rset()
        client.mail("")
        client.rcpt(TO)
        assert client.data(row * (LARGEST // len(row) + 2))[0] == 552
    assert counted() == before + 2 and not district.rows(MAIL_IN)
