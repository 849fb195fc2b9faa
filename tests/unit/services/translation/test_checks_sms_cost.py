"""What a text costs as a text message: 3GPP TS 23.038 and 23.040."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.channels.sms import segments
from services.translation.domain import sms_tables
from services.translation.domain.sms_cost import Encoding, advice, cost, without_accents


@pytest.mark.parametrize(
    ("text", "encoding", "messages"),
    [
        ("a" * 160, Encoding.GSM, 1),
        ("a" * 161, Encoding.GSM, 2),
        ("a" * 306, Encoding.GSM, 2),
        ("a" * 307, Encoding.GSM, 3),
        ("€" * 80, Encoding.GSM, 1),
        ("€" * 81, Encoding.GSM, 2),
        ("í" + "a" * 69, Encoding.UCS2, 1),
        ("í" + "a" * 70, Encoding.UCS2, 2),
        ("😀" * 35, Encoding.UCS2, 1),
        ("😀" * 36, Encoding.UCS2, 2),
        ("é ñ ü ¿ ¡ à", Encoding.GSM, 1),
        ("ç", Encoding.UCS2, 1),
        ("`", Encoding.UCS2, 1),
        ("", Encoding.GSM, 1),
    ],
)
def test_a_text_costs_what_the_standard_says(text, encoding, messages):
    found = cost(text)
    assert (found.encoding, found.messages) == (encoding, messages)


@pytest.mark.parametrize(
    ("text", "tables", "messages", "room"),
    [
        ("í" + "a" * 153, {"es"}, 1, 0),  # 155 septets beside one table's header, two of them for the accent
        ("í" + "a" * 154, {"es"}, 2, 142),  # 149 in each part
        ("í" * 100, {"tr"}, 2, 34),  # a table of another language is of no use: 100 in UCS-2
        ("ã" * 155, {"pt"}, 1, 0),  # the locking table says it in one septet
        ("નમસ્તે " * 22, {"gu"}, 1, 1),
        ("a" * 160, {"*"}, 1, 0),  # no header where none is needed
    ],
)
def test_the_national_tables_of_a_provider_give_the_room_back(text, tables, messages, room):
    found = cost(text, tables=tables)
    assert (found.messages, found.room) == (messages, room)
    assert found.messages <= cost(text).messages


def test_the_tables_are_off_unless_a_provider_has_them():
    assert cost("Sí").encoding is Encoding.UCS2
    assert cost("Sí" * 40, tables={"es"}).single == "es"


def test_full_tables_have_as_many_characters_as_there_are_septets():
    national = sms_tables.national()
    full = {language: national[language].locking for language in ("tr", "pt", "hi", "ur")}
    assert {len(table or ()) for table in full.values()} == {127}  # the escape is none
    assert len(sms_tables.default().locking or ()) == 127 and national["es"].locking is None
    assert len(national) == 13


@settings(max_examples=80)
@given(st.text(alphabet=st.sampled_from("abc éíñ€{}`ü😀ç\n?"), max_size=400))
def test_it_agrees_with_what_is_sent(text):
    assert cost(text).messages == len(segments.parts(text))
    assert (cost(text).encoding is Encoding.GSM) == (segments.alphabet(text) is segments.Alphabet.GSM)


def test_advice_names_the_dear_characters_and_what_would_be_cheaper():
    found = advice("La reunión será el miércoles. " * 5, language="es-MX")
    assert found.accents == ("á", "ó")
    assert (found.now.messages, found.with_tables.messages, found.without_accents.messages) == (3, 2, 1)


def test_only_accents_that_the_alphabet_lacks_are_left_out():
    assert without_accents("¿Mañana él irá así? ça Ünal") == "¿Mañana él ira asi? ca Ünal"
    assert without_accents("学校 شكرا") == "学校 شكرا"


def test_a_price_is_messages_times_readers():
    assert cost("a" * 161).price(Decimal("0.0075"), readers=100) == Decimal("1.5")
