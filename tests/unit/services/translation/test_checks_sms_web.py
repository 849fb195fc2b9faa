"""Staff ask what a text costs before it is sent."""

from __future__ import annotations

from tests.unit.services.translation.test_translation_web import runtime, signed_in  # noqa: F401 - fixtures

TEXT = "La reunión será el miércoles. " * 5


def test_a_writer_sees_messages_price_and_what_would_be_cheaper(signed_in):  # noqa: F811
    body = {"text": TEXT, "language": "es", "price": "0.01", "readers": 100}
    answer = signed_in("teacher").post("/translation/sms-cost", json=body)
    assert answer.status_code == 200, answer.json
    assert (answer.json["now"]["messages"], answer.json["now"]["encoding"]) == (3, "ucs2")
    assert answer.json["with_tables"]["messages"] == 2 and answer.json["without_accents"]["messages"] == 1
    assert answer.json["accents"] == ["á", "ó"] and answer.json["price"] == "3.00"


def test_the_tables_count_where_the_provider_has_them(signed_in):  # noqa: F811
    body = {"text": TEXT, "language": "es", "tables": ["es"]}
    answer = signed_in("office").post("/translation/sms-cost", json=body)
    assert answer.json["now"]["single"] == "es" and answer.json["price"] is None


def test_what_makes_no_sense_is_refused(signed_in):  # noqa: F811
    for wrong in (
        {"tables": ["xx"]},
        {"price": "NaN"},
        {"price": -1},
        {"readers": 0},
        {"text": "a" * 10_001},
        {"language": ""},
    ):
        answer = signed_in("office").post("/translation/sms-cost", json={"text": "a", "language": "es"} | wrong)
        assert answer.status_code in (400, 422), wrong
