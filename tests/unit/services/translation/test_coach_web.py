"""The coach over HTTP: flags for whoever writes, a log of kinds without words, and no way of blocking."""

from __future__ import annotations

import sqlalchemy as sa

from shared.messaging.envelope import open_envelope, parse
from shared.messaging.tables import OUTBOX
from tests.unit.services.translation.test_translation_web import runtime, signed_in  # noqa: F401 - fixtures


def said(runtime) -> list[dict]:  # noqa: F811 - the fixture above
    with runtime.engine.begin() as connection:
        bodies = connection.execute(sa.select(OUTBOX.c.body)).scalars().all()
    events = [open_envelope(parse(body), runtime.keyring) for body in bodies]
    return [event.data for event in events if event.type == "translation.wording_flagged"]


def test_a_draft_gets_flags_and_the_log_gets_kinds_and_no_words(signed_in, runtime):  # noqa: F811
    body = {"text": "Riya isn't listening to Liam.", "kind": "concern", "names": ["Riya"], "others": ["Liam"]}
    answer = signed_in("teacher").post("/translation/coach", json=body)
    assert answer.status_code == 200
    assert {flag["kind"] for flag in answer.json["flags"]} >= {"blame", "other_child", "no_example"}
    (logged,) = said(runtime)
    assert logged["kept"] is False and logged["text_id"] == answer.json["text_id"]
    assert "Riya" not in str(logged) and "listening" not in str(logged)


def test_a_clear_draft_leaves_no_log(signed_in, runtime):  # noqa: F811
    assert signed_in("teacher").post("/translation/coach", json={"text": "School is closed on Monday."}).json["flags"] == []
    assert said(runtime) == []


def test_keeping_to_the_words_is_logged_and_the_form_goes_on(signed_in, runtime):  # noqa: F811
    answer = signed_in("teacher").post("/translation/coach/t-1/kept", json={"text": "Riya is lazy.", "kind": "concern", "category": "x"})
    assert answer.status_code == 307 and answer.headers["Location"] == "/notifications/messages"
    assert [(logged["text_id"], logged["kept"]) for logged in said(runtime)] == [("t-1", True)]


def test_interpreters_write_no_drafts(signed_in):  # noqa: F811
    assert signed_in("interpreter").post("/translation/coach", json={"text": "x"}).status_code == 403
