"""Handing over: exact outcomes from servers that pipeline or do not, refuse, break off and talk nonsense."""

from __future__ import annotations

import ssl
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notifications.channels.email.account import CONNECTIONS, SmtpAccount
from services.notifications.channels.port import ChannelError, Content, Outgoing, Receipt
from tests.unit.services.notifications.email.mailserver import HANG_UP, MailServer, running

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
WORDS = Content("m1", "Greenview", "en", ("One line.\n.\n..two dots\n.hidden",))


def account(server: MailServer, **settings) -> SmtpAccount:
    return SmtpAccount({"name": "post", "host": "127.0.0.1", "port": server.port, "sender": "school@example.org", **settings}, base_url="")


def letters(*to: str) -> list[Outgoing]:
    return [Outgoing(str(uuid.uuid4()), "riverside", NOW, WORDS, address) for address in to]


def spoken(outcomes) -> list[object]:
    return [(o.code, o.permanent, o.account) if isinstance(o, ChannelError) else "sent" for o in outcomes]


@pytest.fixture(params=[("PIPELINING", "8BITMIME"), ()], ids=["pipelining", "lock-step"])
def server(request):
    with running(MailServer(offers=request.param)) as made:
        yield made


def test_every_mail_arrives_whole_by_a_few_connections_at_a_time(server):
    batch = letters(*(f"g{n}@example.org" for n in range(30)))
    assert account(server).carry(batch) == [Receipt(None)] * 30
    assert sorted(to for _, to, _ in server.mails) == sorted(letter.to for letter in batch)
    ids = {to: message_from_bytes(data)["X-Homeroom-Delivery"] for _, to, data in server.mails}
    assert ids == {letter.to: letter.delivery_id for letter in batch} and server.connections == CONNECTIONS


def test_each_outcome_is_that_of_its_own_mail_whichever_connection_it_went_by(server):
    wrong = {3, 4, 17, 29}
    for n in wrong:
        server.answers[f"RCPT TO:<g{n}@example.org>"] = f"550 5.1.{n} no such user"
    outcomes = spoken(account(server).carry(letters(*(f"g{n}@example.org" for n in range(30)))))
    assert outcomes == [(f"smtp_5.1.{n}", True, False) if n in wrong else "sent" for n in range(30)]


def test_a_connection_that_breaks_leaves_its_share_to_the_next_round(server):
    server.answers["RCPT TO:<g5@example.org>"] = [HANG_UP]
    batch = letters(*(f"g{n}@example.org" for n in range(30)))
    assert spoken(account(server).carry(batch)) == ["sent"] * 30
    assert sorted(to for _, to, _ in server.mails) == sorted(letter.to for letter in batch)


def test_a_server_that_wants_no_second_connection_gets_everything_by_one(server):
    server.greeting = ["220 here", "421 4.7.0 one at a time", "220 here", "220 here"]
    batch = letters(*(f"g{n}@example.org" for n in range(30)))
    assert spoken(account(server).carry(batch)) == ["sent"] * 30
    assert len(server.mails) == 30


def test_lines_that_begin_with_a_dot_keep_it(server):
    account(server).carry(letters("ana@example.org"))
    text = message_from_bytes(server.mails[0][2]).get_payload(0).get_payload(decode=True).decode()
    assert text.startswith("One line.\r\n.\r\n..two dots\r\n.hidden")


def test_a_server_that_pipelines_is_asked_once_a_mail():
    with running(MailServer()) as server:
        account(server).carry(letters(*(f"g{n}@example.org" for n in range(20))))
    # greeting and hello, the first envelope, then one flight per mail (a flight may arrive in two reads)
    assert len(server.mails) == 20
    assert sum(b"\r\n.\r\nMAIL FROM:" in flight or flight.startswith(b"MAIL") for flight in server.flights) >= 15


def test_a_connection_is_kept_for_the_next_batch(server):
    post = account(server)
    for _ in range(3):
        post.carry(letters("ana@example.org"))
    assert server.connections == 1 and len(server.mails) == 3
    post.close()


def test_a_kept_connection_that_has_died_costs_nothing(server):
    post = account(server)
    post.carry(letters("ana@example.org"))
    server.answers["MAIL FROM:<school@example.org>"] = [HANG_UP]
    assert spoken(post.carry(letters("bo@example.org", "cy@example.org"))) == ["sent", "sent"]
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 no such user", ("smtp_5.1.1", True, False)),
        ("550 no such user", ("smtp_550", True, False)),
        ("553 2.1.5 muddled", ("smtp_553", True, False)),
        ("450 4.2.1 busy", ("smtp_4.2.1", False, False)),
        ("451 4.7.1 greylisted", ("smtp_4.7.1", False, True)),
        ("452 4.5.3 too many", ("smtp_4.5.3", False, True)),
    ],
)
def test_a_refused_recipient_stops_nobody_else(server, answer, outcome):
    server.answers["RCPT TO:<bo@example.org>"] = answer
    outcomes = account(server).carry(letters("ana@example.org", "bo@example.org", "cy@example.org"))
    assert spoken(outcomes) == ["sent", outcome, "sent"]
    assert [to for _, to, _ in server.mails] == ["ana@example.org", "cy@example.org"] and server.connections == 1


def test_a_server_that_wants_a_text_for_nobody_gets_an_empty_one():
    """RFC 2920 §3.1."""
    with running(MailServer(answers={"RCPT TO:<bo@example.org>": "550 5.1.1 no", "DATA": "354 anyhow"})) as server:
        outcomes = account(server).carry(letters("ana@example.org", "bo@example.org", "cy@example.org"))
    assert spoken(outcomes) == ["sent", ("smtp_5.1.1", True, False), "sent"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("554 5.6.0 not liked", ("smtp_5.6.0", True, False)),
        ("552 5.3.4 too large", ("smtp_5.3.4", True, False)),
        ("451 4.3.0 later", ("smtp_4.3.0", False, True)),
        ("354 again?", ("smtp_no_answer", False, True)),
    ],
)
def test_a_refused_text_stops_nobody_else(server, answer, outcome):
    server.answers["."] = ["250 OK", answer]
    outcomes = account(server).carry(letters("ana@example.org", "bo@example.org", "cy@example.org"))
    assert spoken(outcomes) == ["sent", outcome, "sent"]


def test_a_refused_sender_is_the_accounts_fault(server):
    server.answers["MAIL FROM:<school@example.org>"] = "550 5.7.1 not you"
    assert spoken(account(server).carry(letters("ana@example.org"))) == [("smtp_5.7.1", False, True)]


def test_without_an_answer_to_the_text_it_may_go_again_and_the_rest_goes_on(server):
    server.answers["."] = ["250 OK", HANG_UP]
    outcomes = account(server).carry(letters("ana@example.org", "bo@example.org", "cy@example.org"))
    assert spoken(outcomes) == ["sent", ("smtp_no_answer", False, True), "sent"]
    assert len(server.mails) == 3 and server.connections == 2


@pytest.mark.parametrize("moment", ["MAIL FROM:<school@example.org>", "RCPT TO:<bo@example.org>", "DATA"])
def test_a_connection_lost_before_the_text_is_opened_again(server, moment):
    usual = {"M": "250 OK", "R": "250 OK", "D": "354 go"}[moment[0]]
    server.answers[moment] = [HANG_UP] if moment[0] == "R" else [usual, HANG_UP]
    outcomes = account(server).carry(letters("ana@example.org", "bo@example.org", "cy@example.org"))
    assert spoken(outcomes) == ["sent", "sent", "sent"] and server.connections == 2


def test_a_server_that_shuts_down_ends_the_batch_with_its_word(server):
    server.answers["."] = ["250 OK", "421 4.3.2 going down"]
    server.greeting = ["220 here", *["421 4.3.2 down"] * 3]
    outcomes = account(server).carry(letters("ana@example.org", "bo@example.org", "cy@example.org", "di@example.org"))
    assert spoken(outcomes) == ["sent", *[("smtp_4.3.2", False, True)] * 3]


@pytest.mark.parametrize("greeting", ["554 5.3.2 not today", "hello?", HANG_UP, "x" * 70_000])
def test_a_server_that_would_not_have_us_is_the_accounts_fault(greeting):
    with running(MailServer(greeting=greeting)) as server:
        (outcome,) = account(server).carry(letters("ana@example.org"))
    assert not outcome.permanent and outcome.account
    assert outcome.code == ("smtp_5.3.2" if greeting.startswith("554") else "smtp_unavailable")


def test_nobody_listening_is_the_accounts_fault():
    with running(MailServer()) as server:
        pass
    assert spoken(account(server).carry(letters("a@example.org", "b@example.org"))) == [("smtp_unavailable", False, True)] * 2


def test_no_server_configured_sends_nothing():
    assert spoken(SmtpAccount({"name": "post"}, base_url="").carry(letters("a@example.org"))) == [("smtp_unavailable", False, True)]


def test_an_old_server_without_ehlo_is_spoken_to_as_of_old():
    with running(MailServer(answers={"EHLO": "502 what?"})) as server:
        assert spoken(account(server).carry(letters("ana@example.org", "bo@example.org"))) == ["sent", "sent"]
    assert "HELO example.org" in server.commands


def test_an_address_that_is_none_stops_nobody_else(server):
    outcomes = account(server).carry(letters("ana@example.org", "bo", "cy@example.org"))
    assert spoken(outcomes) == ["sent", ("address_unusable", True, False), "sent"]


def test_a_text_with_a_slot_unfilled_stops_nobody_else(server):
    gap = Outgoing("d", "riverside", NOW, Content("k", "t", "en", ("a", "b"), ("x",)), "ana@example.org")
    assert spoken(account(server).carry([gap, *letters("bo@example.org")])) == [("slot_missing", True, False), "sent"]


def test_a_password_is_given_in_either_way():
    with running(MailServer(offers=("AUTH PLAIN LOGIN",), answers={"AUTH PLAIN AHUAcA==": "235 in"})) as server:
        assert spoken(account(server, user="u", password="p").carry(letters("ana@example.org"))) == ["sent"]
    steps = {"AUTH LOGIN": "334 VXNlcm5hbWU6", "dQ==": "334 UGFzc3dvcmQ6", "cA==": "235 in"}
    with running(MailServer(offers=("AUTH=LOGIN",), answers=dict(steps))) as server:
        assert spoken(account(server, user="u", password="p").carry(letters("ana@example.org"))) == ["sent"]


def test_a_wrong_password_is_the_accounts_fault_and_is_in_no_message():
    with running(MailServer(offers=("AUTH PLAIN",), answers={"AUTH PLAIN AHUAcA==": "535 5.7.8 wrong"})) as server:
        (outcome,) = account(server, user="u", password="p").carry(letters("ana@example.org"))
    assert (outcome.code, outcome.permanent, outcome.account, str(outcome)) == ("smtp_5.7.8", False, True, "smtp_5.7.8")


@pytest.fixture
def certificate(tmp_path):
    """Of 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "server.pem"
    own = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(own + made.public_bytes(serialization.Encoding.PEM))
    return pem


def test_it_goes_through_tls_where_that_is_wanted_and_only_to_whom_is_trusted(certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running(MailServer(offers=("STARTTLS", "PIPELINING"), tls=context)) as server:
        strangers = account(server, host="localhost", starttls=True).carry(letters("ana@example.org"))
        assert spoken(strangers) == [("smtp_unavailable", False, True)] and not server.mails
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert spoken(account(server, host="localhost", starttls=True).carry(letters("ana@example.org", "bo@example.org"))) == ["sent"] * 2


def test_it_works_on_green_threads():
    """As the workers run: the whole standard library patched before anything else is imported."""
    program = (
        "import eventlet; eventlet.monkey_patch()\n"
        "from tests.unit.services.notifications.email import test_email_smtp as t\n"
        "from tests.unit.services.notifications.email.mailserver import MailServer, running\n"
        "with running(MailServer()) as server:\n"
        "    post = t.account(server)\n"
        "    jobs = [eventlet.spawn(post.carry, t.letters(*(f'g{n}@example.org' for n in range(20)))) for _ in range(3)]\n"
        "    assert [o for job in jobs for o in t.spoken(job.wait())] == ['sent'] * 60\n"
        "    assert len(server.mails) == 60\n"
        "    post.close()\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
