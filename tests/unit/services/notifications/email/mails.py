"""Mails as other systems send them to us, in the shapes of the RFCs' own examples."""

from __future__ import annotations

from services.notifications.channels.email import verp

KEY = b"k" * 20
DOMAIN = "mail.example.org"


def token_address(kind: str, delivery_id: str, *, district: str = "riverside", key: bytes = KEY) -> str:
    return f"{kind}+{verp.token(key, district, delivery_id)}@{DOMAIN}"


def crlf(text: str) -> bytes:
    return text.strip("\n").replace("\n", "\r\n").encode() + b"\r\n"


def bounce(delivery_id: str, *, action: str = "failed", status: str = "5.1.1", to: str | None = None, original: str | None = None) -> bytes:
    """RFC 3464 §5, as postfix writes it."""
    back = original or token_address("bounce", delivery_id)
    return crlf(f"""
Return-Path: <>
Date: Tue, 29 Sep 2026 10:00:00 -0500
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to or token_address("bounce", delivery_id)}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="6C1A.1"
Message-Id: <20260929@mx.example.net>

--6C1A.1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--6C1A.1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 29 Sep 2026 09:59:58 -0500

Final-Recipient: rfc822; daniel@example.org
Original-Recipient: rfc822;daniel@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx2.example.net
Diagnostic-Code: smtp; 550 {status} <daniel@example.org>: Recipient address rejected

--6C1A.1
Content-Type: text/rfc822-headers

Return-Path: <{back}>
From: Greenview <school@{DOMAIN}>
To: daniel@example.org
Subject: Greenview
Message-ID: <{delivery_id}@riverside.homeroom>

--6C1A.1--
""")


def complaint(delivery_id: str, *, kind: str = "abuse") -> bytes:
    """RFC 5965 appendix B.2: sent to one address for all, it tells by the original whom it is about."""
    return crlf(f"""
From: <abusedesk@example.net>
Date: Tue, 29 Sep 2026 10:00:00 -0500
Subject: FW: Greenview
To: <abuse@{DOMAIN}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP 192.0.2.1.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <school@{DOMAIN}>
Reported-Domain: {DOMAIN}

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

Return-Path: <{token_address("bounce", delivery_id)}>
From: Greenview <school@{DOMAIN}>
To: <undisclosed>
Subject: Greenview
Message-ID: <{delivery_id}@riverside.homeroom>

Good day.
--part1_13d.2e68ed54_boundary--
""")


def answer(delivery_id: str, text: str = "Thank you, we are happy!", *, sender: str = "daniel@example.org", extra: str = "") -> bytes:
    """As a person's mail program sends it, with our mail quoted below."""
    return crlf(f"""
From: Daniel Rivera <{sender}>
To: Greenview <{token_address("reply", delivery_id)}>
Subject: Re: Greenview
Date: Tue, 29 Sep 2026 11:00:00 -0500
Message-ID: <a1@example.org>
In-Reply-To: <{delivery_id}@riverside.homeroom>
{extra}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}

On Tue, Sep 29, 2026 at 10:00 AM Greenview <school@{DOMAIN}> wrote:

> Mateo helped another student today.
>
> --
> Greenview
""")


def stray(subject: str = "Hello?") -> bytes:
    return crlf(f"""
From: Somebody <somebody@example.com>
To: info@{DOMAIN}
Subject: {subject}
Date: Tue, 29 Sep 2026 11:00:00 -0500
Message-ID: <b1@example.com>
Content-Type: text/plain

Is the school open on Monday?
""")
