"""Every text of the catalogue, in every language, as the mail it would be: what the law and the large mail hosts ask for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from urllib.parse import urlsplit

import dkim
import pytest
import yaml

import services.translation.catalogue as catalogue
from services.notifications.channels.email.dkim import SIGNED, Signer
from services.notifications.channels.email.mime import Identity, write
from services.notifications.channels.port import Content, Outgoing
from tests.unit.services.notifications.email.test_email_dkim import RSA, pem, record

FOLDER = Path(catalogue.__file__).parent
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "keys")
SITE = "https://school.example.org"
POSTAL = "1 School Street, Riverside"
NAME = "Zebulon"
WHO = Identity("school@mail.example.org", POSTAL, b"k" * 20, "b.mail.example.org", "r.mail.example.org", Signer("mail.example.org", "s1", pem(RSA)))


def texts(language: str) -> dict[str, str]:
    return yaml.safe_load((FOLDER / f"{language}.yaml").read_text("utf-8"))["entries"]


def mail_of(key: str, text: str, language: str) -> bytes:
    parts = re.split(r"\{(\w+)\}", text)
    content = Content(f"{key}:1:{language}", "Greenview", language, tuple(parts[::2]), tuple(parts[1::2]))
    values = {slot: f"{SITE}/x" if "link" in slot or slot == "url" else NAME for slot in content.slots}
    return write(
        Outgoing("0198c0de-0000-7000-8000-0000000000d1", "riverside", datetime(2026, 9, 29, 15, 0, tzinfo=UTC), content, "ana@example.org",
                 values, "Greenview", unsubscribe=f"{SITE}/notifications/stop/t", link=f"{SITE}/notifications/inbox/t"), WHO,
    ).data  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_a_lawful_mail_in(language):
    faults = [f"{key}: {fault}" for key, text in texts(language).items() for fault in lint(mail_of(key, text, language), language)]
    assert not faults, "\n".join(faults)


def lint(raw: bytes, language: str) -> list[str]:
    """What is wrong with a mail, in words."""
    mail = message_from_bytes(raw, policy=SMTP)
    bodies = {kind: mail.get_body((kind,)).get_content() for kind in ("plain", "html")}
    urls = {url for body in bodies.values() for url in re.findall(r"""https?://[^\s"'<>]+""", body)}
    covered = re.search(r"h=([^;]+);", str(mail["DKIM-Signature"]))[1].split(":")
    checks = {
        "no postal address (CAN-SPAM § 5(a)(5))": all(POSTAL in body for body in bodies.values()),
        "no way to unsubscribe in the text": all(f"{SITE}/notifications/stop/t" in body for body in bodies.values()),
        "no one-click unsubscribe (RFC 8058)": mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click",
        "List-Unsubscribe without https": str(mail["List-Unsubscribe"]).startswith(f"<{SITE}/"),
        "a header is not signed": set(SIGNED) <= set(covered),
        "the signature does not hold": dkim.verify(raw, dnsfunc=lambda _, timeout=5: record(RSA)),
        "From is not of the signing domain": mail["From"].addresses[0].domain == "mail.example.org",
        "a child's name in the subject (FERPA)": NAME not in str(mail["Subject"]),
        "a third party's address in it (COPPA)": all(urlsplit(url).netloc == "school.example.org" for url in urls),
        "something is loaded": not re.search(r"<(img|script|link|iframe|object)\b|url\(", bodies["html"]),
        "no language": f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in bodies["html"],
        "may be answered by a machine (RFC 3834)": mail["Auto-Submitted"] == "auto-generated",
        "too large for a phone on a bad line": len(raw) < 50_000,
        "a slot was left open": not re.search(r"\{\w+\}", "".join(bodies.values())),
    }
    return [fault for fault, holds in checks.items() if not holds]


def test_the_lint_sees_what_is_wrong():
    good = mail_of("k", "Good day, {student}", "en")
    assert not lint(good, "en")
    for broken in (
        good.replace(b"List-Unsubscribe-Post:", b"X-Other:"),
        good.replace(b"Subject: Greenview", b"Subject: Zebulon"),
        good.replace(b"School Street", b"S"),
        good.replace(b"</body>", b"<img src=3D'https://t.example/p.gif'></body>"),
        good.replace(b"school@mail.example.org", b"school@example.com"),
    ):
        assert lint(broken, "en")
