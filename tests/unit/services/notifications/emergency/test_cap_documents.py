"""CAP 1.2 documents: valid by the OASIS schema, the same after a round trip, and refused by line where they are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from services.notifications.cap import CapError, read, write
from services.notifications.cap.read import LARGEST
from services.notifications.domain.cap import (
    Alert,
    Area,
    Category,
    Certainty,
    Fate,
    Info,
    MsgType,
    Reference,
    Scope,
    Severity,
    Status,
    Urgency,
    fate,
)

SCHEMA = xmlschema.XMLSchema10(str(Path(__file__).resolve().parents[4] / "data/cap/CAP-v1.2.xsd"))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKENS = st.from_regex(r"[A-Za-z0-9@._:\-]{1,40}", fullmatch=True)
WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x1FFFF, exclude_categories=("Cs", "Cc", "Cn")), min_size=1).filter(
    str.strip
)
MAYBE = st.just("") | WORDS
TIMES = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
AREAS = st.builds(Area, WORDS, st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple))
INFOS = st.builds(
    Info,
    event=WORDS,
    language=st.sampled_from(("en", "es", "zh-Hans", "ar", "en-US")),
    categories=st.lists(st.sampled_from(Category), min_size=1, max_size=3).map(tuple),
    urgency=st.sampled_from(Urgency),
    severity=st.sampled_from(Severity),
    certainty=st.sampled_from(Certainty),
    expires=st.none() | TIMES,
    sender_name=MAYBE,
    headline=MAYBE,
    description=MAYBE,
    instruction=MAYBE,
    areas=st.lists(AREAS, max_size=2).map(tuple),
)
ALERTS = st.builds(
    Alert,
    identifier=TOKENS,
    sender=TOKENS,
    sent=TIMES,
    status=st.sampled_from(Status),
    msg_type=st.sampled_from(MsgType),
    infos=st.lists(INFOS, max_size=3).map(tuple),
    scope=st.sampled_from(Scope),
    restriction=MAYBE,
    addresses=st.lists(st.sampled_from(("a@b.example", "Fire brigade")), max_size=2).map(tuple),
    note=MAYBE,
    references=st.lists(st.builds(Reference, TOKENS, TOKENS, TIMES), max_size=3).map(tuple),
)
GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>KSTO1055887203</identifier>
<sender>KSTO@NWS.NOAA.GOV</sender>
<sent>2026-11-22T14:57:00-07:00</sent>
<status>Actual</status>
<msgType>Alert</msgType>
<scope>Public</scope>
<info>
<category>Met</category>
<event>SEVERE THUNDERSTORM</event>
<responseType>Shelter</responseType>
<urgency>Immediate</urgency>
<severity>Severe</severity>
<certainty>Observed</certainty>
<eventCode><valueName>SAME</valueName><value>SVR</value></eventCode>
<expires>2026-11-22T16:00:00-07:00</expires>
<headline>SEVERE THUNDERSTORM WARNING</headline>
<description>Stay indoors.</description>
<area><areaDesc>North</areaDesc><polygon>38.47,-120.14 38.34,-119.95 38.52,-119.74 38.47,-120.14</polygon>
<geocode><valueName>SAME</valueName><value>006109</value></geocode></area>
</info>
</alert>"""


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ALERTS)
def test_what_is_written_is_valid_and_reads_back_the_same(alert):
    raw = write(alert)
    SCHEMA.validate(etree.fromstring(raw))
    assert read(raw) == alert


def test_an_alert_of_the_weather_service_is_understood():
    SCHEMA.validate(etree.fromstring(GOOD.encode()))
    alert = read(GOOD.encode())
    assert (alert.identifier, alert.status, alert.sent) == ("KSTO1055887203", Status.ACTUAL, datetime(2026, 11, 22, 21, 57, tzinfo=UTC))
    (info,) = alert.infos
    assert (info.language, info.areas[0].geocodes) == ("en-US", (("SAME", "006109"),))


@pytest.mark.parametrize(
    ("wrong", "right", "code", "where"),
    [
        ("<status>Real</status>", "<status>Actual</status>", "CAP_WORD", "line 6: status"),
        ("", "<sent>2026-11-22T14:57:00-07:00</sent>", "CAP_MISSING", "line 2: alert"),
        ("<sent>2026-11-22T14:57:00Z</sent>", "<sent>2026-11-22T14:57:00-07:00</sent>", "CAP_TIME", "line 5: sent"),
        ("<sender>a b</sender>", "<sender>KSTO@NWS.NOAA.GOV</sender>", "CAP_TOKEN", "line 4: sender"),
        ("<urgency/>", "<urgency>Immediate</urgency>", "CAP_WORD", "line 13: urgency"),
        ("<scope>Public</scope><wish/>", "<scope>Public</scope>", "CAP_UNKNOWN", "line 8: alert"),
        ("<references>a,b</references><info>", "<info>", "CAP_REFERENCE", "line 9: references"),
        ("cap:1.1", "cap:1.2", "CAP_NAMESPACE", "line 2: alert"),
        ("<info", "<info>", "CAP_XML", "line 10: XML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(wrong, right, code, where):
    with pytest.raises(CapError) as caught:
        read(GOOD.replace(right, wrong, 1).encode())
    assert (caught.value.code, caught.value.where) == (code, where)
    assert "KSTO" not in str(caught.value) and caught.value.remedy


def test_a_document_fetches_and_unfolds_nothing(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hidden words")
    external = f'<!DOCTYPE alert [<!ENTITY x SYSTEM "file://{secret}">]>'
    laughs = '<!DOCTYPE alert [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    for doctype in (external, laughs, '<!DOCTYPE alert SYSTEM "http://127.0.0.1:1/x.dtd">'):
        document = GOOD.replace("<alert ", f"{doctype}<alert ").replace("Stay indoors.", "&x;" if "ENTITY x" in doctype else "&b;")
        with pytest.raises(CapError) as caught:
            read(document.encode())
        assert caught.value.code in ("CAP_DOCTYPE", "CAP_XML") and "hidden" not in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"\x00\x01", b"<a/>", b"{}", b"<?xml version='1.0' encoding='nope'?><a/>"])
def test_nonsense_is_an_error_that_somebody_can_read(raw):
    with pytest.raises(CapError) as caught:
        read(raw)
    assert caught.value.remedy and caught.value.where


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_alert_or_a_named_error(raw):
    with pytest.raises(CapError):
        read(raw)


def test_too_much_is_refused_unread():
    with pytest.raises(CapError) as caught:
        read(b"<" * (LARGEST + 1))
    assert caught.value.code == "CAP_TOO_LARGE"


def alert(status=Status.ACTUAL, kind=MsgType.ALERT, ends=timedelta(hours=1)):
    return Alert("a", "b", NOON, status, kind, (Info("Fire", expires=NOON + ends),))


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST, Status.SYSTEM, Status.DRAFT])
@pytest.mark.parametrize("kind", list(MsgType))
def test_what_is_not_actual_never_goes_to_families(status, kind):
    assert fate(alert(status, kind), NOON, auto_send=True) is Fate.SHOW


@pytest.mark.parametrize(
    ("given_", "auto", "becomes"),
    [
        (alert(), False, Fate.DRAFT),
        (alert(), True, Fate.SEND),
        (alert(kind=MsgType.UPDATE), True, Fate.SEND),
        (alert(kind=MsgType.CANCEL), True, Fate.CANCEL),
        (alert(kind=MsgType.ACK), True, Fate.SHOW),
        (alert(ends=timedelta(0)), True, Fate.EXPIRED),
    ],
)
def test_what_becomes_of_a_real_one(given_, auto, becomes):
    assert fate(given_, NOON, auto_send=auto) is becomes
