"""Signatures that others' verifiers accept, and that break when anything they cover changes."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256

import dkim
import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from dkim.canonicalization import Relaxed
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.channels.email.dkim import Signer
from services.notifications.channels.email.mime import Identity, write
from services.notifications.channels.port import Content, Outgoing
from shared.errors import HomeroomError

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
RSA = rsa.generate_private_key(65537, 2048)
ED = ed25519.Ed25519PrivateKey.generate()


def pem(key) -> bytes:
    return key.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())


def record(key) -> bytes:
    """What DNS would say."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(ser.Encoding.DER, ser.PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + b64encode(public)
    return b"v=DKIM1; k=ed25519; p=" + b64encode(key.public_key().public_bytes_raw())


def signed(key=RSA, text: str = "Good day.", name: str = "Greenview", to: str = "ana@example.org") -> bytes:
    who = Identity("school@mail.example.org", "1 School Street", b"k" * 16, "b.example.org", "r.example.org", Signer("mail.example.org", "s1", pem(key)))
    content = Content("m1", name, "en", (text, "!"), ("student",))
    outgoing = Outgoing("0198c0de-0000-7000-8000-0000000000d1", "riverside", NOW, content, to, {"student": text}, name,
                        unsubscribe="https://school.example.org/stop/abc")  # fmt: skip
    return write(outgoing, who).data


def verifies(mail: bytes, key=RSA) -> bool:
    def dns(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s1._domainkey.mail.example.org."
        return record(key)

    return dkim.verify(mail, dnsfunc=dns)


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=400), name=st.text(max_size=90))
def test_whatever_is_written_the_signature_holds(text, name):
    assert verifies(signed(text=text, name=name))


def test_an_ed25519_key_signs_the_same_over_a_hash_of_it():
    """RFC 8463 §3: what is signed is the SHA-256 of what RSA would have hashed; dkimpy cannot check it without libsodium."""
    head, _, body = signed(ED).partition(b"\r\n\r\n")
    first, *others = Relaxed.canonicalize_headers([line.partition(b":")[::2] for line in re.split(rb"\r\n(?![ \t])", head)])
    fields = dict(tag.strip().split(b"=", 1) for tag in first[1].split(b";"))
    by_name = dict(others)
    names = fields[b"h"].split(b":")
    covered = b"".join(b"%b:%b" % (name, by_name.pop(name)) for name in names if name in by_name)
    start = re.sub(rb"b=[^;]*\Z", b"b=", first[1].rstrip())
    digest = sha256(covered + b"dkim-signature:" + start).digest()
    ED.public_key().verify(b64decode(b"".join(fields[b"b"].split())), digest)
    assert fields[b"a"] == b"ed25519-sha256" and b64decode(fields[b"bh"]) == sha256(body).digest()


@pytest.mark.parametrize("header", ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"])
def test_a_changed_header_breaks_it(header):
    mail = signed()
    changed = re.sub(rb"(?m)^%b: (.)" % header.encode(), b"%b: x\\1" % header.encode(), mail, count=1)
    assert changed != mail and verifies(mail) and not verifies(changed)


@pytest.mark.parametrize("header", ["From: Other <other@example.org>", "Subject: other"])
def test_a_header_added_later_breaks_it(header):
    assert not verifies(header.encode() + b"\r\n" + signed())


def test_a_changed_text_breaks_it():
    assert not verifies(signed().replace(b"Good", b"Evil", 1))


@given(text=st.text(max_size=300))
def test_a_body_is_its_own_canonical_form(text):
    body = signed(text=text).partition(b"\r\n\r\n")[2]
    assert Relaxed.canonicalize_body(body) == body


@pytest.mark.parametrize(
    "content", [b"", b"not a key", pem(ed25519.Ed25519PrivateKey.generate())[:60]], ids=["empty", "words", "half a key"]
)
def test_a_file_without_a_key_is_named_and_its_content_is_not(tmp_path, content):
    file = tmp_path / "dkim.pem"
    file.write_bytes(content)
    with pytest.raises(HomeroomError) as caught:
        Signer.of_file("mail.example.org", "s1", str(file))
    assert str(file) in str(caught.value.where) and "not a key" not in str(caught.value)
