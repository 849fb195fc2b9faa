"""The memory's search and the glossary's editor: found near and by words; contradictions refused; others look only."""

from __future__ import annotations

import pytest

from services.translation.domain import memory as rules
from services.translation.store import memory as store
from tests.unit.services.translation.test_translation_web import NOW, runtime, signed_in  # noqa: F401 - fixtures


@pytest.fixture
def approved(runtime):  # noqa: F811 - the fixture above
    pairs = [("The bus is late today.", "El autobús llega tarde hoy.", "es"), ("The bus is on time.", "Autobus hii iko kwa wakati.", "so")]
    with runtime.unit_of_work("translation", "riverside") as uow:
        for text, translation, target in pairs:
            entry = rules.remember(text, translation, names=(), source="en", target=target)
            store.remember(uow.connection, [entry], source="en", target=target, approved_by="t-abdi", now=NOW)


def search(client, **query):
    found = client.get("/translation/memory/search", params=query)
    assert found.status_code == 200
    return found.json


def test_texts_like_this_one_are_found_and_those_with_its_words(signed_in, approved):  # noqa: F811
    found = search(signed_in("interpreter"), q="The buses are late today", target="es")
    assert [(each["target_text"], each["score"] >= 70) for each in found["near"]] == [("El autobús llega tarde hoy.", True)]
    assert {each["target_language"] for each in search(signed_in("office"), q="the bus")["containing"]} == {"es", "so"}
    assert search(signed_in("office"), q="100% _ \\") == {"near": [], "containing": []}
    assert search(signed_in("office")) == {"near": [], "containing": []}


def test_what_was_approved_since_is_found_at_once_and_what_is_taken_out_no_more(signed_in, approved, runtime):  # noqa: F811
    client = signed_in("interpreter")
    assert search(client, q="See you at the fair", target="es")["near"] == []
    body = {"target": "es", "text": "See you at the fair!", "translation": "¡Nos vemos en la feria!"}
    key = client.post("/translation/memory", json=body).json["key"]
    assert search(client, q="See you at the fair", target="es")["near"][0]["key"] == key
    assert client.post(f"/translation/memory/{key}/forget", json={}).status_code == 200
    assert search(client, q="See you at the fair", target="es")["near"] == []
    assert client.post(f"/translation/memory/{key}/forget", json={}).status_code == 404


def test_teachers_search_nothing_and_administrators_take_nothing_out(signed_in, approved):  # noqa: F811
    assert signed_in("teacher").get("/translation/memory/search").status_code == 403
    assert signed_in("administrator").post("/translation/memory/x/forget", json={}).status_code == 403
    assert signed_in("administrator").post("/translation/glossary", json={}).status_code == 403


SUB = {"term": "sub", "target": "es-MX", "translation": "maestro suplente", "forbidden": "submarino | sub", "part_of_speech": "noun"}


def test_a_term_is_put_in_changed_and_taken_out(signed_in):  # noqa: F811
    client = signed_in("office")
    made = client.post("/translation/glossary", json=SUB)
    assert made.status_code == 201
    again = client.post("/translation/glossary", json=SUB | {"translation": "maestra suplente"})
    assert again.json["term_id"] == made.json["term_id"]
    (term,) = client.get("/translation/glossary").json["terms"]
    assert (term["translation"], term["forbidden"], term["changed_by"]) == ("maestra suplente", ["submarino", "sub"], "office-1")
    assert client.get("/translation/glossary", params={"target": "so"}).json["terms"] == []
    assert client.post(f"/translation/glossary/{term['term_id']}/remove", json={}).status_code == 200
    assert client.get("/translation/glossary").json["terms"] == []
    assert client.post(f"/translation/glossary/{term['term_id']}/remove", json={}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"term": ""}, {"translation": "   "}, {"target": "Spanish please"}, {"part_of_speech": "thing"}, {"forbidden": "x" * 600},
        {"forbidden": "Maestro Suplente"}, {"note": "y" * 501},
    ],
)  # fmt: skip
def test_a_wrong_or_contradictory_term_is_refused(signed_in, wrong):  # noqa: F811
    assert signed_in("office").post("/translation/glossary", json=SUB | wrong).status_code == 422
    assert signed_in("office").get("/translation/glossary").json["terms"] == []


def test_a_second_meaning_needs_something_that_tells_it_apart(signed_in):  # noqa: F811
    client = signed_in("office")
    client.post("/translation/glossary", json=SUB | {"forms": "subs"})
    other = {"term": "subs", "target": "es-MX", "translation": "bocadillos", "part_of_speech": "noun"}
    assert client.post("/translation/glossary", json=other).status_code == 422
    assert client.post("/translation/glossary", json=other | {"near": "lunch | turkey"}).status_code == 201


def test_pages_show_what_others_wrote_as_text_only(signed_in, approved):  # noqa: F811
    client = signed_in("interpreter")
    client.post("/translation/glossary", json=SUB | {"term": "<b>sub</b>", "note": "<script>alert(1)</script>"})
    html = client.get("/translation/glossary", headers={"Accept": "text/html"})
    assert html.status_code == 200 and "<script>alert" not in html.text and "&lt;b&gt;sub" in html.text
    html = client.get("/translation/memory/search", params={"q": "the bus"}, headers={"Accept": "text/html"})
    assert html.status_code == 200 and "El autobús llega tarde hoy." in html.text and "forget" in html.text
    looked = signed_in("administrator").get("/translation/memory/search", params={"q": "the bus"}, headers={"Accept": "text/html"})
    assert "forget" not in looked.text
