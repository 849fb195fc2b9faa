"""A declared route does what it declares, for browsers and for programs; what is not declared does not exist."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import Schema, fields, validate

from shared.clock import SimulatedClock
from shared.identity import Identity, Kind, Session
from shared.identity.demo import SamplePerson
from shared.observability.health import Health
from shared.web import (
    Api,
    Request,
    Response,
    any_of,
    build_app,
    conflict,
    guardian,
    json_response,
    link,
    mount,
    page,
    provider,
    public,
    redirect,
    staff,
    web_tables,
)
from shared.web.signin import signin_api
from shared.web.testing import SignedIn

NOW = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)
KEY = "k" * 40
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


class NoteIn(Schema):
    text = fields.Str(required=True, validate=validate.Length(min=1, max=200))
    students = fields.List(fields.Str(), load_default=list)


class NoteOut(Schema):
    id = fields.Int()
    text = fields.Str()


@dataclass
class FakeUnit:
    connection: sa.Connection
    district: str
    now: datetime
    emitted: list[tuple[str, dict[str, Any]]]

    def emit(self, type_: str, data: dict[str, Any], **_: Any) -> None:
        self.emitted.append((type_, data))


@dataclass
class FakeRuntime:
    """Real transactions on SQLite; events kept only when their transaction commits."""

    clock: SimulatedClock
    engine: sa.Engine = field(default_factory=lambda: sa.create_engine("sqlite://", poolclass=sa.StaticPool))
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broken: bool = False

    def __post_init__(self) -> None:
        self.metadata = sa.MetaData()
        web_tables(self.metadata)
        self.note = sa.Table(
            "note", self.metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text)
        )
        self.metadata.create_all(self.engine)

    @contextmanager
    def unit_of_work(self, service: str, district: str) -> Iterator[FakeUnit]:
        if self.broken:
            raise sa.exc.OperationalError("select 1", {}, Exception("gone"))
        with self.engine.begin() as connection:
            unit = FakeUnit(connection, district, self.clock.now(), [])
            yield unit
        self.events += unit.emitted

    def notes(self) -> list[str]:
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(self.note.c.text).order_by(self.note.c.id)).scalars())


@dataclass(frozen=True)
class No:
    allowed: bool = False
    reason: str = "This student is at another school."
    rule: str = "not_own_school"


@dataclass
class House:
    api: Api
    clock: SimulatedClock
    runtime: FakeRuntime
    identity: Identity
    app: Any

    def session(self, role: str = "teacher", kind: Kind = Kind.STAFF, language: str = "en") -> Session:
        return self.identity.sessions.start(
            kind,
            self.clock.now(),
            district="riverside",
            person_id=f"{role}-1",
            role=role,
            schools=("green",),
            language=language,
        )

    def as_(self, role: str | None = "teacher", kind: Kind = Kind.STAFF, language: str = "en") -> SignedIn:
        return SignedIn(self.app, self.identity, self.session(role, kind, language) if role else None)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "notes.html").write_text(
        '{% extends "shell.html" %}{% block content %}'
        '<form method="post">{{ forms.hidden() }}{{ forms.field("text", "Note", value=value|default(""), '
        'errors=errors.text|default(())) }}{{ forms.button(t("form.send")) }}</form>{% endblock %}'
    )
    return tmp_path


@pytest.fixture
def house(templates: Path) -> House:
    clock = SimulatedClock(NOW)
    runtime = FakeRuntime(clock)
    identity = Identity.build(KEY, mode="demo", secure=True)
    api = Api("notes", prefix="/notes", templates=templates)

    def add(request: Request) -> int:
        with request.unit_of_work() as uow:
            made = uow.connection.execute(sa.insert(runtime.note).values(text=request.data["text"]))
            return int(made.inserted_primary_key[0])

    def again(request: Request, errors: dict[str, list[str]]) -> Response:
        return page("notes/notes.html", request, title="Notes", errors=errors, value=request.data.get("text", ""))

    @api.get("/", access=any_of(staff("teacher", "office"), guardian()), page=True, nav="Notes")
    def notes_page(request: Request) -> Response:
        """All notes."""
        return page("notes/notes.html", request, title="Notes", errors={})

    @api.post(
        "/", access=staff("teacher"), body=NoteIn(), response=NoteOut(), status=201, idempotent=True, invalid=again
    )
    def add_note(request: Request) -> Response:
        """Add a note."""
        return json_response({"id": add(request), "text": request.data["text"], "secret": "dropped"}, then="/notes")

    @api.post("/plain", access=staff("teacher"), body=NoteIn())
    def add_plain(request: Request) -> Response:
        return json_response({"id": add(request)})

    @api.post("/fails", access=staff("teacher"), body=NoteIn(), idempotent=True)
    def add_and_fail(request: Request) -> Response:
        add(request)
        raise conflict("That slot is taken.", code="SLOT_TAKEN")

    @api.get("/card/{student}", access=staff("teacher"))
    def card(request: Request) -> Response:
        request.require(No(), action="view", subject=request.params["student"])
        raise AssertionError("a refused handler goes no further")

    @api.get("/answer/{token}", access=link("survey"), page=True)
    def answer_page(request: Request) -> Response:
        return page("notes/notes.html", request, title="Your answer", errors={})

    @api.post("/answer/{token}", access=link("survey"), body=NoteIn())
    def answer(request: Request) -> Response:
        return json_response({"id": add(request), "by": request.person_id, "district": request.district})

    @api.post(
        "/hook/{district}", access=provider(lambda r: r.params["district"] if r.header("X-Sig") == "ok" else None)
    )
    def hook(request: Request) -> Response:
        return json_response({"district": request.district, "bytes": len(request.raw_body)})

    @api.get("/boom", access=public("a test"))
    def boom(request: Request) -> Response:
        raise RuntimeError("ana@example.org")

    @api.get("/who", access=any_of(staff("teacher"), link_free()))
    def who(request: Request) -> Response:
        return json_response({"person": request.person_id, "schools": list(request.schools)})

    app = build_app(api, runtime=runtime, ports=None, clock=clock, identity=identity, mode="demo")
    return House(api, clock, runtime, identity, app)


def link_free() -> Any:
    return guardian()


def token(house: House, *, purpose: str = "survey", minutes: int = 15, language: str = "es") -> str:
    return house.identity.links.issue(
        "riverside",
        "g-ana",
        purpose=purpose,
        resource="survey-1",
        expires_at=NOW + timedelta(minutes=minutes),
        language=language,
    )


def test_a_route_without_an_access_rule_cannot_be_declared() -> None:
    api = Api("notes", prefix="/notes")
    with pytest.raises(TypeError):
        api.get("/x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="access rule"):
        api.get("/x", access=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown_role|got"):
        staff("headmaster")
    with pytest.raises(ValueError, match="why"):
        public(" ")


def test_json_in_and_out_with_only_declared_fields(house: House) -> None:
    result = house.as_().post("/notes", json={"text": "hello"})
    assert (result.status_code, result.json) == (201, {"id": 1, "text": "hello"})
    assert house.runtime.notes() == ["hello"]


def test_a_browsers_form_is_sent_onwards_with_303(house: House) -> None:
    result = house.as_().post("/notes", form={"text": "hello", "_once": "a"})
    assert (result.status_code, result.headers["Location"]) == (303, "/notes")
    assert house.runtime.notes() == ["hello"]


def test_an_unknown_field_is_refused_with_a_suggestion_and_no_value(house: House) -> None:
    result = house.as_().post("/notes", json={"text": "a", "studnets": ["Ana Rivera"]})
    assert result.status_code == 422
    assert result.headers["Content-Type"] == "application/problem+json"
    assert result.json["errors"] == {"studnets": ["Unknown field; did you mean students?"]}
    assert "Rivera" not in result.text
    assert house.runtime.notes() == []


def test_a_wrong_form_is_shown_again_with_its_errors(house: House) -> None:
    result = house.as_().post("/notes", form={"text": "x" * 300})
    assert result.status_code == 422
    assert 'aria-invalid="true"' in result.text
    assert "x" * 300 in result.text


@pytest.mark.parametrize(
    ("body", "code"), [("{", "JSON_UNREADABLE"), ("[1]", "JSON_NOT_OBJECT"), ('{"text": NaN}', "JSON_UNREADABLE")]
)
def test_a_body_that_is_no_object_is_refused(house: House, body: str, code: str) -> None:
    result = house.as_().post("/notes", body=body, headers={"Content-Type": "application/json"})
    assert (result.status_code, result.json["code"]) == (400, code)


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud83d", "a\\udc00"])
def test_what_no_database_keeps_is_refused_with_its_field(house: House, text: str) -> None:
    result = house.as_().post("/notes", body=f'{{"text": "{text}"}}', headers={"Content-Type": "application/json"})
    assert (result.status_code, list(result.json["errors"])) == (422, ["text"])
    assert house.as_().post("/notes", form={"text": "a\0b"}).status_code == 422
    nested = f'{{"text": "a", "students": ["s-1", "{text}"]}}'
    result = house.as_().post("/notes", body=nested, headers={"Content-Type": "application/json"})
    assert (result.status_code, list(result.json["errors"])) == (422, ["students.1"])
    assert house.runtime.notes() == []


def test_a_body_over_the_limit_is_refused(house: House) -> None:
    result = house.as_().post("/notes", json={"text": "x" * 70_000})
    assert (result.status_code, result.json["code"]) == (413, "TOO_LARGE")


def test_other_content_is_refused(house: House) -> None:
    result = house.as_().post("/notes", body="<x/>", headers={"Content-Type": "text/xml"})
    assert result.status_code == 415


def test_without_a_session_browsers_are_sent_to_sign_in_and_programs_get_401(house: House) -> None:
    nobody = house.as_(None)
    result = nobody.get("/notes", headers=BROWSER)
    assert result.status_code == 303
    assert result.headers["Location"] == "/identity/sign-in?next=%2Fnotes"
    assert nobody.post("/notes", json={"text": "a"}).status_code == 401
    posted = nobody.post("/notes/plain", form={"text": "a"})
    assert (posted.status_code, posted.headers["Location"]) == (303, "/identity/sign-in")


def test_another_role_is_refused(house: House) -> None:
    assert house.as_("office").post("/notes", json={"text": "a"}).json["code"] == "FORBIDDEN"
    assert house.as_("guardian", Kind.GUARDIAN).get("/notes").status_code == 200
    assert house.as_("interpreter").get("/notes", headers=BROWSER).status_code == 403


def test_an_expired_session_is_no_session(house: House) -> None:
    client = house.as_()
    house.clock.advance_to(NOW + timedelta(hours=9))
    assert client.get("/notes/who").status_code == 401


@pytest.mark.parametrize(
    "headers", [{"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": ""}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_a_forged_form_changes_nothing(house: House, headers: dict[str, str]) -> None:
    result = house.as_().post("/notes", json={"text": "forged"}, headers=headers)
    assert (result.status_code, result.json["code"]) == (403, "FORM_EXPIRED")
    assert house.runtime.notes() == []


def test_a_csrf_token_of_another_session_is_worthless(house: House) -> None:
    theirs = house.identity.csrf.token(house.session().sid)
    assert house.as_().post("/notes", json={"text": "x"}, headers={"X-CSRF-Token": theirs}).status_code == 403


def test_a_repeat_answers_as_the_first_did_and_does_nothing(house: House) -> None:
    client = house.as_()
    first = client.post("/notes", json={"text": "once"}, headers={"Idempotency-Key": "k1"})
    second = client.post("/notes", json={"text": "once"}, headers={"Idempotency-Key": "k1"})
    assert (second.status_code, second.json) == (first.status_code, first.json)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert house.runtime.notes() == ["once"]
    assert client.post("/notes", json={"text": "other"}, headers={"Idempotency-Key": "k1"}).status_code == 422
    assert client.post("/notes", json={"text": "other"}, headers={"Idempotency-Key": "k2"}).status_code == 201


def test_pressing_a_forms_button_twice_does_it_once(house: House) -> None:
    client = house.as_()
    results = [client.post("/notes", form={"text": "once", "_once": "page-1"}) for _ in range(2)]
    assert [(result.status_code, result.headers["Location"]) for result in results] == [(303, "/notes")] * 2
    assert house.runtime.notes() == ["once"]


def test_a_key_is_free_again_after_a_failure_and_after_a_day(house: House) -> None:
    client = house.as_()
    for _ in range(2):
        failed = client.post("/notes/fails", json={"text": "x"}, headers={"Idempotency-Key": "k"})
        assert failed.json["code"] == "SLOT_TAKEN"
    assert house.runtime.notes() == []
    client.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "k"})
    house.clock.advance_to(NOW + timedelta(hours=25))
    house.as_().post("/notes", json={"text": "b"}, headers={"Idempotency-Key": "k"})
    assert house.runtime.notes() == ["a", "b"]


def test_a_link_shows_a_page_and_works_once(house: House) -> None:
    path = f"/notes/answer/{token(house)}"
    nobody = house.as_(None)
    assert nobody.get(path).status_code == 200
    assert nobody.get(path).status_code == 200  # looking does not use it up
    done = nobody.post(path, json={"text": "yes"})
    assert done.json == {"id": 1, "by": "g-ana", "district": "riverside"}
    for result in (nobody.get(path), nobody.post(path, json={"text": "again"})):
        assert result.status_code == 410
    assert house.runtime.notes() == ["yes"]


def test_a_wrong_answer_does_not_use_the_link_up(house: House) -> None:
    path = f"/notes/answer/{token(house)}"
    assert house.as_(None).post(path, json={"text": ""}).status_code == 422
    assert house.as_(None).post(path, json={"text": "yes"}).status_code == 200


def test_unknown_expired_used_and_misused_links_get_one_answer(house: House) -> None:
    nobody = house.as_(None)
    used = token(house)
    nobody.post(f"/notes/answer/{used}", json={"text": "x"})
    links = ["nonsense", "é", used, used[:-2] + "AA", token(house, purpose="booking"), token(house, minutes=-1)]
    answers = {
        (result.status_code, json.dumps(result.json, sort_keys=True))
        for result in (nobody.post(f"/notes/answer/{given}", json={"text": "x"}) for given in links)
    }
    assert len(answers) == 1
    assert house.runtime.notes() == ["x"]


def test_a_refused_view_is_audited_although_its_handler_was_rolled_back(house: House) -> None:
    result = house.as_().get("/notes/card/s-1")
    assert (result.status_code, result.json["detail"]) == (403, "This student is at another school.")
    assert house.runtime.events == [
        (
            "district.record_viewed",
            {
                "viewer_id": "teacher-1",
                "role": "teacher",
                "record_type": "student",
                "subject_id": "s-1",
                "action": "view",
                "outcome": "denied",
                "rule": "not_own_school",
            },
        )
    ]


def test_a_view_that_cannot_be_audited_is_not_shown(house: House) -> None:
    house.runtime.broken = True
    result = house.as_().get("/notes/card/s-1")
    assert (result.status_code, result.headers["Retry-After"]) == (503, "10")


def test_a_provider_is_let_in_by_its_signature_alone(house: House) -> None:
    nobody = house.as_(None)
    result = nobody.post("/notes/hook/riverside", form={"Body": "2"}, headers={"X-Sig": "ok"})
    assert result.json == {"district": "riverside", "bytes": 6}
    assert nobody.post("/notes/hook/riverside", form={"Body": "2"}).status_code == 403


def test_an_unexpected_error_shows_and_logs_no_value(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    result = house.as_(None).get("/notes/boom")
    assert (result.status_code, result.json["code"]) == (500, "UNEXPECTED")
    assert "ana@example.org" not in result.text + capsys.readouterr().out


def test_unknown_paths_and_methods_are_problems_too(house: House) -> None:
    nobody = house.as_(None)
    assert nobody.get("/notes/nowhere").json["code"] == "NOT_FOUND"
    wrong = nobody.delete("/notes/boom")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET, OPTIONS")
    assert "<h1>" in nobody.get("/nowhere", headers=BROWSER).text


def test_every_answer_carries_the_security_headers(house: House) -> None:
    for path in ("/notes/who", "/notes", "/nowhere", "/livez"):
        headers = house.as_().get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Strict-Transport-Security"]


def test_the_first_page_is_small_on_a_slow_phone(house: House) -> None:
    client = house.as_()
    shown = client.get("/notes", headers={"Accept-Encoding": "gzip"})
    assert "script" not in gzip.decompress(shown.content).decode()
    css = gzip.decompress(shown.content).decode().partition('stylesheet" href="')[2].partition('"')[0]
    style = client.get(css, headers={"Accept-Encoding": "gzip"})
    assert style.headers["Cache-Control"].endswith("immutable")
    assert len(shown.content) + len(style.content) < 14_000


@pytest.mark.parametrize(
    ("personal", "header", "address", "expected"),
    [
        ("es", "vi", "", "es"),
        ("xx", "vi;q=0.5, ar;q=0.9", "", "ar"),
        ("es", "vi", "?lang=gu", "gu"),
        ("xx", None, "", "en"),
    ],
)
def test_the_page_speaks_the_readers_language(
    house: House, personal: str, header: str | None, address: str, expected: str
) -> None:
    client = house.as_("guardian", Kind.GUARDIAN, personal)
    shown = client.get(f"/notes{address}", headers={"Accept-Language": header} if header else {})
    direction = "rtl" if expected == "ar" else "ltr"
    assert f'<html lang="{expected}" dir="{direction}">' in shown.text


def test_the_description_follows_the_routes_and_is_valid(house: House) -> None:
    from openapi_spec_validator import validate as validate_openapi

    document = house.as_(None).get("/notes/openapi.json").json
    validate_openapi(document)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {route.path.replace("{token}", "{token}") for route in house.api.routes}
    posted = document["paths"]["/notes"]["post"]
    assert posted["x-access"] == "staff: teacher"
    assert "application/json" in posted["requestBody"]["content"]
    assert posted["responses"]["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/NoteOut"
    }


def test_the_menu_shows_what_the_reader_may_open(house: House) -> None:
    assert 'href="/notes"' in house.as_("office").get("/notes").text
    assert "<nav" not in house.as_(None).get("/nowhere", headers=BROWSER).text


def test_probes_and_metrics_answer(house: House) -> None:
    health = Health("notes")
    app = build_app(
        house.api,
        runtime=house.runtime,
        ports=None,
        clock=house.clock,
        identity=house.identity,
        mode="demo",
        health=health,
    )
    nobody = SignedIn(app, house.identity, None)
    assert nobody.get("/livez").json["status"] == "alive"
    assert nobody.get("/readyz").json["status"] == "ready"
    assert 'requests_total{route="livez",service="notes",status="200"}' in nobody.get("/metrics").text
    health.drain()
    assert nobody.get("/readyz").status_code == 503


def test_redirects_stay_on_this_site() -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x"):
        with pytest.raises(ValueError, match="path of this site"):
            redirect(elsewhere)


def people() -> list[SamplePerson]:
    return [SamplePerson(Kind.STAFF, "teacher", "t-1", "riverside", ("green",), "Ms Alvarez, teacher", home="/notes")]


def site(house: House, *, mode: str = "demo") -> tuple[SignedIn, Identity]:
    identity = Identity.build(KEY, mode=mode, secure=True, demo_people=people if mode == "demo" else None)
    built = {
        api.prefix: build_app(api, runtime=house.runtime, ports=None, clock=house.clock, identity=identity, mode=mode)
        for api in (signin_api(service="notes"), house.api)
    }
    return SignedIn(mount(built), identity, None), identity  # type: ignore[arg-type]


def test_in_the_demo_one_button_signs_in(house: House) -> None:
    client, identity = site(house)
    shown = client.get("/identity/sign-in?next=/notes/who", headers=BROWSER)
    assert "Ms Alvarez, teacher" in shown.text
    entered = client.post("/identity/sign-in", form={"person_id": "t-1", "next": "//evil.example"})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/notes")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" in cookie
    session = identity.sessions.read(cookie.partition("=")[2].partition(";")[0], NOW)
    assert session is not None and (session.person_id, session.role, session.schools) == ("t-1", "teacher", ("green",))


def test_outside_the_demo_there_is_no_such_sign_in(house: House) -> None:
    client, _ = site(house, mode="production")
    assert client.post("/identity/sign-in", form={"person_id": "t-1"}).status_code == 404
    assert "Ms Alvarez" not in client.get("/identity/sign-in", headers=BROWSER).text


def test_a_guardians_link_opens_a_session_once(house: House) -> None:
    client, identity = site(house)
    link_token = identity.links.issue(
        "riverside", "g-ana", purpose="enter", resource="/notes", expires_at=NOW + timedelta(minutes=15), language="es"
    )
    path = f"/identity/enter/{link_token}"
    assert "<button>" in client.get(path, headers=BROWSER).text
    entered = client.post(path, form={})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/notes")
    assert client.post(path, form={}).status_code == 410


def test_who_comes_without_a_path_is_shown_the_way_in(house: House) -> None:
    client, _ = site(house)
    arrived = client.get("/")
    assert (arrived.status_code, arrived.headers["Location"]) == (303, "/identity/sign-in")


def test_signing_out_drops_the_cookie(house: House) -> None:
    client, _ = site(house)
    assert "Max-Age=0" in client.post("/identity/sign-out", form={}).headers["Set-Cookie"]
