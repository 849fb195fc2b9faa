"""Emails against real software: postfix's sink takes them, opendkim believes their signatures."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from services.notifications.channels.email.account import SmtpAccount, identity
from services.notifications.channels.email.mime import message_id, write
from services.notifications.channels.port import Content, Outgoing, Receipt
from shared.benches.mail_sink import MailSink
from tests.unit.services.notifications.email.test_email_dkim import pem, record

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
SITE = "https://school.example.org"
TEXT = Content("m1", "Escuela Ñandú", "es", ("Hola ", ":\n\nMañana abrimos a las 8.\n.\n"), ("student",))


def program(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/usr/sbin:/sbin")
    assert found, f"{name} is not here; ./homeroom doctor says how to install it"
    return found


def letters(count: int) -> list[Outgoing]:
    return [
        Outgoing(
            str(uuid.uuid4()),
            "riverside",
            NOW,
            TEXT,
            f"g{number}@example.org",
            {"student": f"Niña {number}"},
            "Escuela Ñandú",
            unsubscribe=f"{SITE}/notifications/stop/{number}",
        )
        for number in range(count)
    ]


def test_postfix_takes_every_mail_once_and_whole() -> None:
    batch = letters(300)
    with MailSink(keep=1) as sink:
        settings = {"name": "post", "host": "127.0.0.1", "port": sink.port, "sender": "school@mail.example.org"}
        post = SmtpAccount(settings, base_url=SITE)
        assert post.carry(batch) == [Receipt(None)] * 300
        post.close()
        assert sink.wait_for(300, seconds=30)
    assert sorted(arrival.message_id.strip("<>") for arrival in sink.arrivals) == sorted(message_id(letter).strip("<>") for letter in batch)
    assert sorted(arrival.to.strip("<>") for arrival in sink.arrivals) == sorted(letter.to for letter in batch)


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()], ids=["rsa", "ed25519"])
def test_opendkim_believes_the_signature_and_no_other(tmp_path: Path, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> None:
    (tmp_path / "key.pem").write_bytes(pem(key))
    (tmp_path / "keys").write_text(f"s1._domainkey.mail.example.org {record(key).decode()}\n")
    (tmp_path / "conf").write_text(f"Mode v\nSyslog no\nTestPublicKeys {tmp_path}/keys\n")
    settings = {"dkim_domain": "mail.example.org", "dkim_selector": "s1", "dkim_key_file": f"{tmp_path}/key.pem"}
    data = write(letters(1)[0], identity(settings, "school@mail.example.org")).data
    assert "succeeded" in judged(tmp_path, data)
    assert "failed" in judged(tmp_path, data.replace(b"abrimos", b"cerramos"))


def judged(folder: Path, data: bytes) -> str:
    (folder / "mail").write_bytes(data)
    command = [program("opendkim"), "-t", str(folder / "mail"), "-x", str(folder / "conf"), "-v"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout
