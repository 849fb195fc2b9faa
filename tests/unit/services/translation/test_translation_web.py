"""Interpreters and the office see where a text came from, approve translations and sign the catalogue; others do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from services.translation.catalogue import load
from services.translation.handlers import texts as handlers
from services.translation.store import texts as store
from services.translation.tables import METADATA, REVIEW
from services.translation.web import api
from shared.clock import SimulatedClock
from shared.identity import Identity, Kind
from shared.messaging.envelope import new_event, open_envelope, parse
from shared.messaging.tables import OUTBOX
from shared.messaging.uow import UnitOfWork
from shared.web import build_app
from shared.web.testing import SignedIn

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)


@dataclass
class Runtime:
    engine: sa.Engine
    keyring: object

    @contextmanager
    def unit_of_work(self, service: str, district: str) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(connection, service=service, district=district, now=NOW, vault=self.keyring)
            yield uow
            uow.flush()


@pytest.fixture
def runtime(keyring):
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(engine)
    yield Runtime(engine, keyring)
    engine.dispose()


@pytest.fixture
def signed_in(runtime):
    clock = SimulatedClock(NOW)
    identity = Identity.build("k" * 40, mode="demo", secure=True)
    app = build_app(api, runtime=runtime, ports=None, clock=clock, identity=identity, mode="demo")

    def as_(role: str, *, schools: tuple[str, ...] = ("org-green",)) -> SignedIn:
        session = identity.sessions.start(
            Kind.STAFF, NOW, district="riverside", person_id=f"{role}-1", role=role, schools=schools, language="en"
        )
        return SignedIn(app, identity, session)

    return as_


@pytest.fixture
def composed_at_green(runtime, ports):
    """A message of high risk, from Greenview, in Spanish and Somali."""
    data = {
        "message_id": "m-1", "content_version": 1, "kind": "concern", "risk": "high", "source_language": "en",
        "targets": ["es", "so"], "text": "Riya missed 3 days.", "catalogue_key": None, "protected": ["Riya"],
    }  # fmt: skip
    event = new_event(
        "notifications.message_composed",
        data,
        district="riverside",
        source="notifications",
        now=NOW,
        school="org-green",
    )
    with runtime.unit_of_work("translation", "riverside") as uow:
        handlers.message_composed(uow, ports, [event])


def viewings(runtime) -> list[tuple[str, str]]:
    with runtime.engine.begin() as connection:
        bodies = connection.execute(sa.select(OUTBOX.c.body)).scalars().all()
    events = [open_envelope(parse(body), runtime.keyring) for body in bodies]
    return [(e.data["viewer_id"], e.data["outcome"]) for e in events if e.type == "district.record_viewed"]


@pytest.mark.usefixtures("composed_at_green")
def test_where_a_text_came_from_is_shown_per_language_and_the_reading_is_audited(signed_in, runtime):
    answer = signed_in("interpreter", schools=()).get("/translation/texts/m-1")
    assert answer.status_code == 200
    assert answer.json["text"] == "Riya missed 3 days."
    assert [(v["language"], v["engine"], v["reasons"]) for v in answer.json["versions"]] == [
        ("es", "source", ["needs_person"]),
        ("so", "source", ["needs_person"]),
    ]
    assert viewings(runtime) == [("interpreter-1", "allowed")]


@pytest.mark.usefixtures("composed_at_green")
def test_another_school_s_office_is_refused_and_the_attempt_is_kept(signed_in, runtime):
    assert signed_in("office", schools=("org-north",)).get("/translation/texts/m-1").status_code == 403
    assert viewings(runtime) == [("office-1", "denied")]


@pytest.mark.parametrize("path", ["/translation/texts/m-1", "/translation/memory", "/translation/catalogue/es"])
def test_a_teacher_sees_none_of_it(signed_in, path):
    assert signed_in("teacher").get(path).status_code == 403


def test_a_text_that_does_not_exist_is_not_found(signed_in):
    assert signed_in("office").get("/translation/texts/nothing").status_code == 404
    assert signed_in("office").get("/translation/catalogue/xx").status_code == 404


@pytest.mark.usefixtures("composed_at_green")
def test_an_interpreter_s_translation_is_remembered_without_the_child_s_name_and_closes_the_review(signed_in, runtime):
    body = {"text_id": "m-1", "target": "so", "translation": "Riya waxay ka maqnayd 3 maalmood."}
    answer = signed_in("interpreter").post("/translation/memory", json=body)
    assert answer.status_code == 201
    with runtime.engine.begin() as connection:
        (entry,) = store.memory_page(connection)
        open_ones = connection.execute(sa.select(REVIEW.c.language).where(REVIEW.c.closed_at.is_(None))).scalars().all()
    assert "Riya" not in entry["target_text"]
    assert entry["approved_by"] == "interpreter-1"
    assert open_ones == ["es"]


def test_an_approval_that_lost_a_number_is_refused_by_field(signed_in):
    body = {"target": "es", "text": "Bring 3 books.", "translation": "Traiga libros."}
    answer = signed_in("office").post("/translation/memory", json=body)
    assert answer.status_code == 422
    assert "translation" in answer.json["errors"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"target": "es", "translation": "Hola"}, "text"),
        ({"target": "../../x", "text": "Hello", "translation": "Hola"}, "target"),
        ({"target": "es", "text": "Hello", "translation": ""}, "translation"),
        ({"target": "es", "text": "Hello", "translatoin": "Hola"}, "translatoin"),
        ({"target": "es", "text": "Hello", "translation": "Hola", "names": 7}, "names"),
    ],
)
def test_a_wrong_approval_says_which_field_and_changes_nothing(signed_in, runtime, body, field):
    answer = signed_in("office").post("/translation/memory", json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    with runtime.engine.begin() as connection:
        assert store.memory_page(connection) == []


def test_the_form_does_the_same_and_comes_back_with_its_errors(signed_in):
    office = signed_in("office")
    good = {"target": "es", "text": "Riya is kind.", "translation": "Riya es amable.", "names": "Riya, Bao"}
    answer = office.post("/translation/memory", form=good)
    assert (answer.status_code, answer.headers["location"]) == (303, "/translation/memory")
    shown = office.get("/translation/memory").text
    assert "⟦0⟧ es amable." in shown
    again = office.post("/translation/memory", form={"target": "es", "text": "Hello"})
    assert again.status_code == 422
    assert 'aria-invalid="true"' in again.text


@pytest.mark.usefixtures("composed_at_green")
def test_the_page_lists_what_waits_for_the_caller_s_schools_only(signed_in):
    assert "Riya missed 3 days." in signed_in("office").get("/translation/memory").text
    assert "Riya missed 3 days." not in signed_in("office", schools=("org-north",)).get("/translation/memory").text
    assert "Riya missed 3 days." in signed_in("interpreter", schools=()).get("/translation/memory").text


@pytest.mark.usefixtures("composed_at_green")
def test_the_provenance_page_is_shown_to_browsers(signed_in):
    page = signed_in("office").get("/translation/texts/m-1", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "it matters too much for a machine" in page.text
    assert "Somali" in page.text
    assert "<main" in page.text


@pytest.mark.usefixtures("composed_at_green")
def test_a_waiting_text_can_be_translated_where_it_is_read_by_those_who_may(signed_in):
    page = {"headers": {"Accept": "text/html"}}
    assert 'name="text_id" value="m-1"' in signed_in("office").get("/translation/texts/m-1", **page).text
    assert 'name="text_id"' not in signed_in("administrator").get("/translation/texts/m-1", **page).text
    form = {"text_id": "m-1", "target": "so", "translation": "Riya waxay ka maqnayd 3 maalmood."}
    assert signed_in("office").post("/translation/memory", form=form).status_code == 303
    assert "Somali" in signed_in("office").get("/translation/memory").text


def test_every_word_of_the_pages_is_there_in_each_of_their_languages():
    english, spanish = (json.loads((api.locale / f"{language}.json").read_text("utf-8")) for language in ("en", "es"))
    assert english.keys() == spanish.keys()


def test_signing_a_wording_makes_it_approved_and_a_stale_one_is_refused(signed_in, runtime):
    interpreter = signed_in("interpreter")
    wording = load().find("survey.receipt", "so")
    assert wording.text in interpreter.get("/translation/catalogue/so").text
    good = {"wordings": [f"survey.receipt@{wording.version}"]}
    assert interpreter.post("/translation/catalogue/so/signatures", json=good).json == {"signed": 1}
    with runtime.engine.begin() as connection:
        assert wording.approval(store.signatures(connection)) == "interpreter-1"
    assert "interpreter-1" in interpreter.get("/translation/catalogue/so").text
    stale = {"wordings": ["survey.receipt@000000000000"]}
    answer = interpreter.post("/translation/catalogue/so/signatures", json=stale)
    assert (answer.status_code, answer.json["code"]) == (409, "WORDING_CHANGED")


def test_reading_is_for_administrators_too_and_approving_is_not(signed_in):
    administrator = signed_in("administrator")
    assert administrator.get("/translation/memory").status_code == 200
    body = {"target": "es", "text": "Hello", "translation": "Hola"}
    assert administrator.post("/translation/memory", json=body).status_code == 403


def test_arabic_is_written_from_right_to_left_on_a_page_that_is_not(signed_in):
    page = signed_in("interpreter").get("/translation/catalogue/ar").text
    assert 'lang="ar" dir="rtl"' in page
