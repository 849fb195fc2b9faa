"""The sink that everybody is measured with: a real SMTP server, and honest books."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from email.message import EmailMessage

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.benches.mail_sink import MailSink
from shared.benches.peers import ROOT
from shared.benches.processes import cpu_seconds, peak_rss_mb, until
from shared.benches.signatures import as_sent, verified


def letter(number: int, text: str = "Hello.\n\nAnd again.\n") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "school@bench.example", f"p{number}@families.example", "News"
    mail["Message-ID"] = f"<{number}@bench>"
    mail.set_content(text)
    return mail


def test_it_counts_every_mail_with_its_name_and_reader_also_those_that_come_twice():
    with MailSink(keep=1) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as server:
            for number in (1, 2, 2, 3):
                server.send_message(letter(number))
        assert sink.wait_for(4, seconds=10)
        arrivals = list(sink.arrivals)
    assert [one.message_id for one in arrivals] == ["<1@bench>", "<2@bench>", "<2@bench>", "<3@bench>"]
    assert arrivals[0].to == "p1@families.example" and arrivals[0].size > 100
    assert len(sink.kept) == 1 and b"And again." in sink.kept[0]


def test_it_says_so_when_fewer_come():
    with MailSink() as sink:
        assert not sink.wait_for(1, seconds=0.05)


def test_a_signature_that_arrived_is_checked_by_other_code_than_ours():
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    raw = letter(1).as_bytes(policy=letter(1).policy.clone(linesep="\r\n"))
    signed = dkim.sign(raw, b"bench", b"bench.example", pem, include_headers=[b"From", b"To", b"Subject"]) + raw
    with MailSink(keep=1) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as server:
            server.sendmail("school@bench.example", ["p1@families.example"], signed)
        assert sink.wait_for(1, seconds=10)
        mail = sink.kept[0]
    assert verified([mail], public) == 1
    assert verified([mail.replace(b"again", b"never")], public) == 0
    assert as_sent(mail).startswith(b"DKIM-Signature:")


def test_waiting_names_what_did_not_come():
    with pytest.raises(TimeoutError, match="the last mail: not within 0 s"):
        until(lambda: False, what="the last mail", seconds=0.01)


def test_the_machines_work_only_grows_and_a_process_has_a_size():
    before = cpu_seconds()
    assert cpu_seconds() >= before > 0
    assert peak_rss_mb([os.getpid()]) > 5
    assert peak_rss_mb([2**22 - 1]) == 0


def test_a_bench_that_is_told_to_end_leaves_by_its_own_doors():
    script = (
        "import os, signal; from shared.benches.processes import end_in_order; end_in_order()\n"
        "try:\n    os.kill(os.getpid(), signal.SIGTERM); signal.pause()\nfinally:\n    print('closed')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ended.stdout, ended.returncode) == ("closed\n", 128 + signal.SIGTERM)
