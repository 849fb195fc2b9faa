"""Surveys by telephone through a whole cell: a provider that really texts and rings, every service's own handlers and pages.

There is no voice for Somali: Halima texts half of it and a person calls. Ana texts half in Spanish and a voice calls. Bao is
asked about two children at once.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from services.notifications.ports import build_ports as notification_ports
from services.notifications.tables import TASK
from services.notifications.web import api as notification_api
from services.surveys.ports import build_ports as survey_ports
from services.surveys.tables import ANSWER, ASSIGNMENT, RESPONSE
from services.surveys.tables.modes import RECORDED
from services.surveys.web import api as survey_api
from shared.clock import SimulatedClock
from shared.contracts import contract
from shared.demo.callbacks import sign
from shared.demo.telephony import Manner
from shared.identity import Identity, Kind
from shared.launcher.components import Component, component
from shared.launcher.embedded import EmbeddedCell
from shared.messaging.tables import messaging_tables
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Mode, embedded_cell
from shared.tenancy.migrate import write_revision
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.browser import serve
from tests.unit.services.notifications.sms.stand import TOKEN, Stand, provider, until

START, ASKED = datetime(2026, 9, 1, 13, 50, tzinfo=UTC), datetime(2026, 9, 1, 14, 5, tzinfo=UTC)
DISTRICT, SCHOOL, KEY = "riverside", "org-greenview", b"k" * 40
HALIMA, ANA, BAO = "+13125550177", "+13125550171", "+13125550173"
INBOUND = "/notifications/webhooks/sms/inbound"
SERVICES = ("notifications", "surveys", "translation")
INTAKE = {"survey": "intake", "send_on": "2026-09-01", "remind_on": "2026-09-08", "due_at": "2026-09-11T17:00"}


class Speaker(Component):
    """Directory's outbox alone."""

    folder: Path

    @property
    def metadata(self) -> sa.MetaData:
        metadata = sa.MetaData()
        messaging_tables(metadata)
        return metadata

    @property
    def migrations(self) -> Path:
        return Speaker.folder


class Desk:
    """Requests that come in by a socket's threads are answered by the test's own: the cell's green threads live there."""

    def __init__(self) -> None:
        self.apps: dict[str, Any] = {}
        self._waiting: queue.Queue[tuple[Any, queue.Queue[Any]]] = queue.Queue()

    def __call__(self, environ: Any, start: Any) -> Any:
        answer: queue.Queue[Any] = queue.Queue()
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        self._waiting.put((environ, answer))
        status, headers, body = answer.get(timeout=30)
        start(status, headers)
        return [body]

    def answer_waiting(self) -> None:
        while not self._waiting.empty():
            environ, answer = self._waiting.get()
            answer.put(_answered(self.apps[environ["PATH_INFO"].split("/")[1]], environ))


def _answered(app: Any, environ: Any) -> tuple[Any, Any, bytes]:
    told: list[Any] = []
    body = b"".join(app(environ, lambda *given: told.extend(given[:2])))
    return told[0], told[1], body


class Town:
    """The cell, its pages on a real socket, and its telephone company."""

    def __init__(self, cell: EmbeddedCell, stand: Stand, desk: Desk) -> None:
        self.cell, self.stand, self.desk, apps = cell, stand, desk, desk.apps
        self.identity = Identity.build(KEY.decode(), mode="production", secure=False)
        ports = {"surveys": survey_ports(cell.runtime), "notifications": notification_ports(cell.runtime)}
        for name, api in (("surveys", survey_api), ("notifications", notification_api)):
            apps[name] = build_app(
                api, runtime=cell.runtime, ports=ports[name], clock=cell.clock, identity=self.identity, mode="demo"
            )
        self.apps = apps
        self._count = 0

    def settle(self) -> None:
        """Until nothing moves, on our side or on the line."""
        self.cell.settle()
        while self.stand.telephony.callbacks.busy:
            until(self._quiet)
            self.cell.settle()

    def _quiet(self) -> bool:
        self.desk.answer_waiting()
        return not self.stand.telephony.callbacks.busy

    def texts(self, number: str, *texts: str) -> None:
        """Each as the telephone company brings it, half a minute apart."""
        for text in texts:
            self._count += 1
            form = {"MessageSid": f"SM-in-{self._count}", "From": number, "To": "+13125559999", "Body": text}
            headers = {"X-Twilio-Signature": sign(TOKEN, f"http://falconframework.org{INBOUND}", form)}
            answer = SignedIn(self.apps["notifications"], self.identity, None).post(INBOUND, form=form, headers=headers)
            assert answer.status_code < 300, answer.text
            self.settle()
            self.cell.advance_to(self.cell.clock.now() + timedelta(seconds=30))

    def got(self, number: str) -> list[str]:
        return [text["text"] for text in self.stand.texts if text["to"] == number]

    def office(self) -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.cell.clock.now(), district=DISTRICT, person_id="o-chen", role="office", schools=(SCHOOL,)
        )
        return SignedIn(self.apps["surveys"], self.identity, session)

    def rows(self, table: sa.Table, service: str = "surveys") -> list[Any]:
        with self.cell.runtime.unit_of_work(service, DISTRICT) as uow:
            return list(uow.connection.execute(sa.select(table)))

    def assignment(self, guardian: str) -> str:
        return next(row.assignment_id for row in self.rows(ASSIGNMENT) if row.guardian_id == guardian)

    def answers(self, guardian: str) -> dict[str, Any]:
        mine = self.assignment(guardian)
        return {row.question_id: row.content for row in self.rows(ANSWER) if row.assignment_id == mine}


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    Speaker.folder = tmp_path / "speaker"
    metadata = sa.MetaData()
    messaging_tables(metadata)
    with sa.create_engine("sqlite://").begin() as connection:
        write_revision(connection, metadata, Speaker.folder, "outbox")
    monkeypatch.setenv("HOMEROOM_DISTRICTS", str(tmp_path / "districts"))
    with ExitStack() as stack:
        stand = stack.enter_context(provider(tmp_path))
        desk = Desk()
        base = stack.enter_context(serve(desk))
        account = {"provider": "twilio", **stand.settings(lookup=True)}
        made = embedded_cell(
            tmp_path / "state", (DISTRICT,), name=f"p{tmp_path.name[-12:]}", mode=Mode.DEMO, base_url=base,
            channels={"sms": [account], "voice": [account]},
        )  # fmt: skip
        (tmp_path / "state").mkdir()
        running = EmbeddedCell(
            made,
            Keyring.create(tmp_path / "keys.json", new_master_key()),
            clock=SimulatedClock(START),
            link_key=KEY,
            components=[Speaker("directory", "shared.messaging"), *(component(name) for name in SERVICES)],
            services=[component(name) for name in SERVICES],
        )
        running.start()
        stack.callback(running.stop)
        yield _moved_in(Town(running, stand, desk))


def _moved_in(town: Town) -> Town:
    with town.cell.runtime.unit_of_work("directory", DISTRICT) as uow:
        _roster(lambda type_, **changes: uow.emit(type_, {**_sample(type_), **changes}))
    town.settle()
    return town


def _sample(type_: str) -> dict[str, Any]:
    declared = contract(type_, 1)
    return dict(declared.load(declared.sample))


def _roster(say: Callable[..., None]) -> None:
    say(
        "district.staff_listed", staff_id="t-alvarez", school_ids=[SCHOOL], class_ids=["class-3a"], role="teacher", active=True,
        name={"given_name": "Elena", "family_name": "Alvarez"}, email=None,
    )  # fmt: skip
    for student, given in (("s-amina", "Amina"), ("s-mateo", "Mateo"), ("s-an", "An"), ("s-binh", "Binh")):
        say(
            "district.student_enrolled", student_id=student, school_id=SCHOOL, class_ids=["class-3a"], teacher_ids=["t-alvarez"],
            name={"given_name": given, "family_name": "X"},
        )  # fmt: skip
    families = (("g-halima", "s-amina", "so", HALIMA), ("g-ana", "s-mateo", "es", ANA), ("g-bao", "s-an", "en", BAO), ("g-bao", "s-binh", "en", BAO))
    for revision, (guardian, student, language, number) in enumerate(families, 1):
        say(
            "district.guardian_linked", guardian_id=guardian, student_id=student, household_id=f"hh-{guardian}", language=language,
            legal_guardian=True, lives_with=True, receives=True, revision=revision,
            name={"given_name": guardian[2:].title(), "family_name": "X"}, contact={"sms": number, "email": None, "phone": None},
        )  # fmt: skip
    say(
        "district.school_onboarded", school_id=SCHOOL, name="Greenview", timezone="America/Chicago", intake=INTAKE,
        languages=["en", "es", "so"], office_phone="+13125550100",
    )  # fmt: skip


def test_in_somali_half_by_text_then_a_person_calls_and_the_receipt_is_a_text(town: Town) -> None:
    town.cell.advance_to(ASKED)
    town.settle()
    town.texts(HALIMA, "haye", "3", "2 18:00", "i soo wac")
    assert [text[:3] for text in town.got(HALIMA)[-4:-1]] == ["1/6", "2/6", "3/6"]
    assert "Waan ku soo wici doonnaa" in town.got(HALIMA)[-1]
    assert town.stand.calls == []  # no voice speaks Somali, so none does
    tasks = [row for row in town.rows(TASK, "notifications") if row.kind == "call_instead"]
    assert [(row.staff_id, row.guardian_id) for row in tasks] == [("t-alvarez", "g-halima")]

    mine = town.assignment("g-halima")
    script = town.office().get(f"/surveys/assignments/{mine}/script").json
    assert [prompt["answered"] for prompt in script["prompts"]] == [True, True, False, False, False, False]
    rest = {"home_learning": {"values": ["reading"]}, "priorities": {"values": ["friends"]}, "concern": {"declined": True}}
    entered = town.office().post(f"/surveys/assignments/{mine}/answers", json={"via": "phone", "wish": "send", "answers": rest})
    assert entered.status_code == 200, entered.text
    town.settle()
    given = town.answers("g-halima")
    assert (given["contact_frequency"]["values"], given["mode"]["time"]) == (["twice_a_month"], "18:00")
    assert set(given) == {"contact_frequency", "mode", *rest}
    town.cell.advance_to(ASKED + timedelta(minutes=20))
    town.settle()
    assert "mahadsan" in town.got(HALIMA)[-1].casefold()
    town.texts(HALIMA, "1")
    assert len([row for row in town.rows(RESPONSE) if row.guardian_id == "g-halima"]) == 1


def test_in_spanish_half_by_text_then_by_voice_and_the_receipt_is_a_text(town: Town) -> None:
    town.stand.telephony.teach(ANA, Manner(presses="13|*|1|2|1|~7"))
    town.cell.advance_to(ASKED)
    town.settle()
    town.texts(ANA, "hola", "3", "2 18:00", "llámeme")
    town.settle()
    (call,) = town.stand.calls
    assert all(line.startswith("[es-US]") for line in call["heard"])
    said = "\n".join(call["heard"])
    assert "Usted pidió responder por teléfono a las preguntas sobre Mateo" in said
    assert "Seguimos donde se quedó." in said
    assert "¿Con qué frecuencia" not in said  # that was answered by text
    assert said.endswith("Gracias. Recibimos sus respuestas. Hasta luego.")
    (response,) = town.rows(RESPONSE)
    assert (response.via, response.language) == ("phone", "es")
    given = town.answers("g-ana")
    assert given["contact_frequency"]["values"] == ["twice_a_month"]
    (recorded,) = town.rows(RECORDED)
    assert given["anything_else"]["media"] == recorded.media_id
    town.cell.advance_to(ASKED + timedelta(minutes=20))
    town.settle()
    assert town.got(ANA)[-1].startswith("Gracias")


def test_who_hangs_up_half_way_goes_on_by_text(town: Town) -> None:
    town.stand.telephony.teach(ANA, Manner(presses="3"))
    town.cell.advance_to(ASKED)
    town.settle()
    town.texts(ANA, "llámeme")
    assert len(town.stand.calls) == 1
    town.texts(ANA, "hola")
    assert town.got(ANA)[-1].startswith("2/6")


def test_two_children_in_one_survey_by_text(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "districts" / DISTRICT / "surveys"
    folder.mkdir(parents=True)
    (folder / "intake.yaml").write_text(yaml.safe_dump(PANEL, allow_unicode=True))
    town.cell.advance_to(ASKED)
    town.settle()
    town.texts(BAO, "hi", "An 2, Binh 1", "2 both", "skip")
    assert [text.split("\n")[0] for text in town.got(BAO)[1:4]] == [
        "1/5 An: How does your child get to school?", "3/5 An: Is after-school care needed?", "5/5 Anything else?"
    ]  # fmt: skip
    given = town.answers("g-bao")
    assert {child: each["values"] for child, each in given["way"]["children"].items()} == {"s-an": ["bus"], "s-binh": ["walk"]}
    assert {child: each["values"] for child, each in given["care"]["children"].items()} == {"s-an": ["no"], "s-binh": ["no"]}


def _texts(text: str) -> dict[str, str]:
    return {"en": text}


PANEL = {
    "survey": "intake",
    "kind": "intake",
    "languages": ["en"],
    "title": _texts("Getting to school"),
    "intro": _texts("Three questions"),
    "questions": [
        {
            "id": "way", "type": "single", "per_child": True, "text": _texts("How does your child get to school?"),
            "sms": _texts("How does your child get to school?"), "why": _texts("For the buses."),
            "options": [
                {"value": "walk", "digit": 1, "label": _texts("walking")},
                {"value": "bus", "digit": 2, "label": _texts("by bus")},
            ],
        },
        {
            "id": "care", "type": "yes_no", "per_child": True, "text": _texts("Is after-school care needed?"),
            "sms": _texts("Is after-school care needed?"), "why": _texts("For the rooms."),
        },
        {"id": "more", "type": "text", "text": _texts("Anything else?"), "sms": _texts("Anything else?"), "why": _texts("To know.")},
    ],
}  # fmt: skip
