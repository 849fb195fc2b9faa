"""Links, sessions and form tokens say who somebody is only to whom, for what and as long as they were made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import HomeroomError
from shared.identity import Identity, Kind, LinkRefused, Links, Sessions, consume, identity_tables
from shared.identity.csrf import Csrf, same_origin
from shared.identity.demo import DemoSignIn, SamplePerson
from shared.identity.signing import Signer, TokenBad
from shared.identity.tables import is_used

KEY = "k" * 32
NOW = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
words = st.text(min_size=1, max_size=20)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    metadata = sa.MetaData()
    assert identity_tables(metadata) is identity_tables(metadata)
    metadata.create_all(engine)
    with engine.begin() as opened:
        yield opened


def issue(links: Links, *, purpose: str = "survey", expires_at: datetime = LATER) -> str:
    return links.issue("riverside", "g-ana", purpose=purpose, resource="survey-1", expires_at=expires_at, language="es")


# -- links ------------------------------------------------------------------------------------------------------------


@given(district=words, subject=words, purpose=words, resource=words, school=st.none() | words)
def test_a_link_says_what_it_was_made_to_say(
    district: str, subject: str, purpose: str, resource: str, school: str | None
) -> None:
    links = Links(KEY)
    token = links.issue(district, subject, purpose=purpose, resource=resource, expires_at=LATER, school=school)
    claims = links.read(token, NOW, purpose=purpose)
    assert (claims.district, claims.subject_id, claims.resource, claims.school) == (district, subject, resource, school)
    assert claims.expires_at == LATER
    assert token.isascii()


@given(position=st.integers(0, 500), char=st.sampled_from("AZaz09-_=+/ é"))
def test_a_changed_link_is_refused(position: int, char: str) -> None:
    links = Links(KEY)
    token = issue(links)
    position %= len(token)
    changed = token[:position] + char + token[position + 1 :]
    if changed != token:
        with pytest.raises(LinkRefused):
            links.read(changed, NOW, purpose="survey")


@pytest.mark.parametrize("token", ["", "a", "=", "é", "A" * 400, "...."])
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(LinkRefused):
        Links(KEY).read(token, NOW, purpose="survey")


def test_an_expired_link_another_purpose_and_another_key_are_refused_alike() -> None:
    links = Links(KEY)
    token = issue(links)
    answers = set()
    for reader, now, purpose in [
        (links, LATER, "survey"),
        (links, NOW, "booking"),
        (Links("x" * 32), NOW, "survey"),
    ]:
        with pytest.raises(LinkRefused) as caught:
            reader.read(token, now, purpose=purpose)
        answers.add(str(caught.value))
    assert len(answers) == 1
    assert links.read(token, LATER - timedelta(seconds=1), purpose="survey").language == "es"


def test_a_link_fits_two_text_messages_and_two_are_never_the_same() -> None:
    links = Links(KEY)
    assert issue(links) != issue(links)
    assert len(issue(links)) < 160
    again = [
        links.issue("riverside", "g-ana", purpose="survey", resource="1", expires_at=LATER, jti="m-1") for _ in range(2)
    ]
    assert again[0] == again[1]


def test_a_link_expires_at_a_known_instant() -> None:
    with pytest.raises(ValueError, match="aware"):
        issue(Links(KEY), expires_at=datetime(2026, 10, 1))  # noqa: DTZ001


def test_a_link_is_consumed_once(connection: sa.Connection) -> None:
    assert not is_used(connection, "j-1")
    assert consume(connection, "j-1", NOW)
    assert not consume(connection, "j-1", LATER)
    assert is_used(connection, "j-1")
    assert consume(connection, "j-2", NOW)


# -- sessions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "hours"), [(Kind.STAFF, 8), (Kind.GUARDIAN, 1)])
def test_a_session_lasts_its_time_and_no_longer(kind: Kind, hours: int) -> None:
    sessions = Sessions(KEY, secure=True)
    session = sessions.start(kind, NOW, district="riverside", person_id="p-1", role="teacher", schools=("green",))
    token = sessions.token(session)
    end = NOW + timedelta(hours=hours)
    assert sessions.read(token, end - timedelta(seconds=1)) == session
    assert sessions.read(token, end) is None


@pytest.mark.parametrize("token", [None, "", "x", "é"])
def test_no_cookie_and_a_foreign_cookie_are_no_session(token: str | None) -> None:
    assert Sessions(KEY, secure=True).read(token, NOW) is None


def test_a_link_is_no_session_and_a_session_no_link_although_one_key_signs_both() -> None:
    links, sessions = Links(KEY), Sessions(KEY, secure=True)
    session = sessions.start(Kind.STAFF, NOW, district="riverside", person_id="p", role="teacher")
    assert sessions.read(issue(links), NOW) is None
    with pytest.raises(LinkRefused):
        links.read(sessions.token(session), NOW, purpose="survey")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    sessions = Sessions(KEY, secure=True)
    cookie = sessions.cookie(sessions.start(Kind.STAFF, NOW, district="d", person_id="p", role="teacher"))
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"))
    assert "Max-Age=0" in sessions.cookie(None)
    assert "Secure" not in Sessions(KEY, secure=False).cookie(None)


# -- forms ------------------------------------------------------------------------------------------------------------


@given(words, words)
def test_a_form_token_belongs_to_one_session(mine: str, theirs: str) -> None:
    csrf = Csrf(KEY)
    token = csrf.token(mine)
    assert csrf.holds(mine, token)
    assert token != csrf.token(mine)  # masked anew
    assert csrf.holds(theirs, token) is (mine == theirs)


@pytest.mark.parametrize("token", [None, "", "x", "é", "A" * 43])
def test_a_missing_or_made_up_form_token_does_not_hold(token: str | None) -> None:
    assert not Csrf(KEY).holds("sid", token)


@pytest.mark.parametrize(
    ("origin", "referer", "ours"),
    [
        ("https://school.example", None, True),
        (None, "https://school.example/page", True),
        (None, None, True),
        ("https://evil.example", None, False),
        ("https://school.example.evil.example", None, False),
        (None, "https://evil.example/https://school.example", False),
        ("null", None, False),
        ("https://evil.example", "https://school.example/", False),
    ],
)
def test_a_request_of_another_site_is_known_by_its_origin(origin: str | None, referer: str | None, ours: bool) -> None:
    assert same_origin(origin, referer, host="school.example") is ours


# -- keys and modes ---------------------------------------------------------------------------------------------------


def test_a_short_key_is_refused_with_the_way_to_make_one() -> None:
    with pytest.raises(HomeroomError, match="token_urlsafe"):
        Signer("short", "link")
    with pytest.raises(TokenBad):
        Signer(KEY, "link").read(Signer(KEY, "session").sign(b"x"))


@pytest.mark.parametrize("mode", ["production", "", "Demo", "demo "])
def test_the_demos_sign_in_cannot_be_made_in_any_other_mode(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEROOM_MODE", "demo")
    monkeypatch.setenv("HOMEROOM_DEMO", "1")
    with pytest.raises(HomeroomError, match="demo mode only"):
        DemoSignIn(mode, list)
    with pytest.raises(HomeroomError):
        Identity.build(KEY, mode=mode, secure=True, demo_people=list)
    assert Identity.build(KEY, mode=mode, secure=True).demo is None


def test_the_demo_finds_its_people_by_id() -> None:
    person = SamplePerson(Kind.STAFF, "teacher", "t-1", "riverside", (), "Ms Alvarez")
    demo = DemoSignIn("demo", lambda: [person])
    assert demo.find("t-1") is person
    assert demo.find("t-2") is None
