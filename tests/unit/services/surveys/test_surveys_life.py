"""The life of a survey: drafts from two telephones, deadlines to the second, quotas, codes, edits, nobody's answers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.domain.codes import ALPHABET, code_of, read_code
from services.surveys.domain.drafts import merged
from services.surveys.domain.given import Given
from services.surveys.handlers import campaigns as planning
from services.surveys.handlers import life
from services.surveys.handlers.reach import still_asked
from services.surveys.handlers.responses import QuotaFull, SurveyClosed, Wish, submit
from services.surveys.store import campaigns
from services.surveys.store import life as store
from services.surveys.tables import ANSWER, ASSIGNMENT, CODE, DRAFT, RESPONSE
from tests.unit.services.surveys.surveyhouse import DUE, SENT, House

WORKSHOP = """\
survey: workshop
kind: workshop
languages: [en]
title: {en: Workshop}
intro: {en: A place for each who wants one.}
%s
questions:
  - id: comes
    type: single
    text: {en: Do you come?}
    sms: {en: Do you come?}
    why: {en: So that there is a chair.}
    options: [{value: evening, digit: 1, label: {en: Evenings}}, {value: stays, digit: 2, label: {en: At home}}]
  - {id: words, type: text, text: {en: Anything to say}, sms: {en: Anything to say}, why: {en: So that we hear it.}}
%s"""
QUOTA = "quotas: [{id: seats, condition: \"{comes} = 'evening'\", most: 1}]"
MORE = "  - {id: meal, type: text, text: {en: What do you eat}, sms: {en: What do you eat}, why: {en: So that we cook it.}}\n"


def ask(house: House, head: str = "", more: str = "") -> None:
    """The whole school is asked the workshop's questions, as its file says now."""
    write(house, head, more)
    asked = {"survey": "workshop", "whole_school": True, "due_at": "2026-10-02T17:00"}
    result = house.as_office().post("/surveys/campaigns", json=asked)
    assert result.status_code == 201, result.text
    house.work()


def write(house: House, head: str, more: str = "", text: str = WORKSHOP) -> None:
    path = house.runtime.cell.state_dir / "districts" / "riverside" / "surveys" / "workshop.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text % (head, more))


def workshop(house: House, guardian_id: str) -> Any:
    return next(r for r in house.rows(ASSIGNMENT) if r.guardian_id == guardian_id and r.survey_id == "workshop")


def send(house: House, guardian_id: str, **answers: Given) -> Any:
    assignment_id = workshop(house, guardian_id).assignment_id
    with house.unit() as uow:
        return submit(uow, assignment_id, answers, via="web", language="en")


def save(house: House, guardian_id: str, *, base: int | None = None, **answers: Given) -> int:
    assignment_id = workshop(house, guardian_id).assignment_id
    with house.unit() as uow:
        opening = life.open_assignment(uow, assignment_id, lock=True)
        assert opening is not None
        return life.save_draft(uow, opening, answers, base=base)


def draft(house: House, guardian_id: str) -> dict[str, Any]:
    assignment_id = workshop(house, guardian_id).assignment_id
    with house.unit() as uow:
        opening = life.open_assignment(uow, assignment_id)
    assert opening is not None
    return {key: given.text or given.values for key, given in opening.draft.answers.items()}


@pytest.fixture
def out(house: House) -> House:
    house.clock.advance_to(SENT)
    ask(house)
    return house


def test_what_two_telephones_have_written_stays_by_question(out: House) -> None:
    shown = save(out, "g-ana", words=Given(text="one"))
    save(out, "g-ana", base=shown, words=Given(text="one"), comes=Given(("evening",)))
    save(out, "g-ana", base=shown, words=Given(text="two"), comes=Given())
    assert draft(out, "g-ana") == {"words": "two", "comes": ("evening",)}


def test_what_a_page_has_cleared_is_gone(out: House) -> None:
    shown = save(out, "g-ana", words=Given(text="one"))
    save(out, "g-ana", base=shown, words=Given())
    assert draft(out, "g-ana") == {}


_texts = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x", "y"]), max_size=3)


@given(st.lists(st.tuples(st.integers(0, 4), _texts), max_size=6))
def test_nothing_that_a_page_left_as_shown_overwrites_anything(saves: list[tuple[int, dict[str, str]]]) -> None:
    """Against a model that keeps every revision whole."""
    past: list[dict[str, str]] = [{}]
    answers: dict[str, Any] = {}
    history: dict[str, Any] = {}
    for back, page in saves:
        base = max(0, len(past) - 1 - back)
        now = dict(past[-1])
        for key, text in page.items():
            if text != past[base].get(key, ""):
                now[key] = text
        after = merged(answers, history, {k: Given(text=t or None) for k, t in page.items()}, revision=len(past) - 1, base=base)
        answers, history = after.answers, after.history
        past.append({key: text for key, text in now.items() if text})
        assert {key: plain["text"] for key, plain in answers.items()} == past[-1]
        assert after.revision == len(past) - 1


def test_an_answer_begun_elsewhere_is_sent_along(out: House) -> None:
    save(out, "g-ana", words=Given(text="begun by text message"))
    send(out, "g-ana", comes=Given(("stays",)))
    assert {row.question_id for row in out.rows(ANSWER)} == {"comes", "words"}
    assert out.rows(DRAFT) == []


def test_the_grace_ends_to_the_second(out: House) -> None:
    due = workshop(out, "g-ana").due_at
    out.clock.advance_to(due)
    assert not send(out, "g-ana", words=Given(text="on time")).late
    out.clock.advance_to(due + timedelta(seconds=1))
    assert send(out, "g-george", words=Given(text="late")).late
    out.clock.advance_to(due + timedelta(days=7, seconds=1))
    with pytest.raises(SurveyClosed):
        send(out, "g-meera", words=Given(text="too late"))


def test_a_replay_after_the_grace_still_shows_the_receipt(out: House) -> None:
    first = send(out, "g-ana", words=Given(text="once"))
    out.clock.advance_to(DUE + timedelta(days=60))
    again = send(out, "g-ana", words=Given(text="twice"))
    assert (first.new, again.new, again.state) == (True, False, "answered")
    assert len(out.rows(RESPONSE)) == 1


def test_drafts_go_when_the_grace_is_over(out: House) -> None:
    save(out, "g-ana", words=Given(text="never sent"))
    due = workshop(out, "g-ana").due_at
    out.advance(due + timedelta(days=7))
    assert len(out.rows(DRAFT)) == 1
    out.advance(due + timedelta(days=7, seconds=2))
    assert out.rows(DRAFT) == []


def test_what_was_spoken_stays_when_the_page_is_sent_and_nobody_can_name_anothers_recording(out: House) -> None:
    save(out, "g-george", words=Given(media="rec-own"))
    asked = {event.data["assignment_id"]: event.data["link"] for event in out.invitations()}
    path = asked[workshop(out, "g-george").assignment_id].removeprefix("https://homeroom.example.org")
    assert "a recording" in out.anyone().get(path).text
    form = {"comes": "evening", "words.text": "", "_rev": "1", "_page": "0", "wish": "send"}
    assert out.anyone().post(path, form=form).status_code == 303
    theirs = asked[workshop(out, "g-meera").assignment_id].removeprefix("https://homeroom.example.org")
    out.anyone().post(theirs, json={"answers": {"words": {"text": "listen", "media": "rec-own"}}, "wish": "send"})
    kept = [(row.content["text"], row.content.get("media")) for row in out.rows(ANSWER) if row.question_id == "words"]
    assert sorted(kept, key=str) == [("listen", None), (None, "rec-own")]


def test_a_deadline_that_is_put_off_after_it_has_passed_costs_no_draft(out: House) -> None:
    save(out, "g-ana", words=Given(text="begun"))
    assignment = workshop(out, "g-ana")
    out.advance(assignment.due_at + timedelta(days=1))
    with out.unit() as uow:
        row = next(iter(campaigns.campaigns(uow.connection, [assignment.campaign_id])))
        planning.plan(uow, {**row._mapping, "due_at": assignment.due_at + timedelta(days=30)})
    out.advance(assignment.due_at + timedelta(days=8))
    assert len(out.rows(DRAFT)) == 1
    out.advance(assignment.due_at + timedelta(days=38))
    assert out.rows(DRAFT) == []


def test_a_full_quota_keeps_the_draft_and_lets_another_choice_through(house: House) -> None:
    house.clock.advance_to(SENT)
    ask(house, QUOTA)
    send(house, "g-ana", comes=Given(("evening",)))
    assignment = workshop(house, "g-george")
    with house.unit() as uow, pytest.raises(QuotaFull):
        submit(uow, assignment.assignment_id, {"comes": Given(("evening",))}, via="web", language="en")
    assert draft(house, "g-george") == {"comes": ("evening",)}
    assert send(house, "g-george", comes=Given(("stays",))).new
    with house.unit() as uow:
        assert store.places_taken(uow.connection, [assignment.campaign_id]) == {(assignment.campaign_id, "seats"): 1}


def test_who_would_rather_talk_takes_a_place_or_leaves_the_full_choice_out(house: House) -> None:
    house.clock.advance_to(SENT)
    ask(house, QUOTA)
    first = workshop(house, "g-ana")
    with house.unit() as uow:
        assert submit(uow, first.assignment_id, {"comes": Given(("evening",))}, via="web", language="en", wish=Wish.TALK).new
    second = workshop(house, "g-george").assignment_id
    given = {"comes": Given(("evening",)), "words": Given(text="call me")}
    with house.unit() as uow:
        assert submit(uow, second, given, via="web", language="en", wish=Wish.TALK).state == "talk"
        assert store.places_taken(uow.connection, [first.campaign_id]) == {(first.campaign_id, "seats"): 1}
    assert {row.question_id for row in house.rows(ANSWER) if row.assignment_id == second} == {"words"}


def test_two_rounds_of_one_survey_are_both_reminded_of(house: House) -> None:
    house.clock.advance_to(SENT)
    ask(house)
    first = dict(workshop(house, "g-ana")._mapping)
    with house.unit() as uow:
        store_rows = [{**first, "assignment_id": "a-second", "campaign_id": "c-second"}]
        campaigns.assign(uow.connection, store_rows)
        kept = [row["assignment_id"] for row, _ in still_asked(uow, [first, *store_rows])]
    assert sorted(kept) == sorted([first["assignment_id"], "a-second"])


def test_a_deadline_put_off_again_is_open_again_for_who_was_overdue(house: House) -> None:
    house.clock.advance_to(SENT)
    ask(house)
    due_at, campaign = workshop(house, "g-ana").due_at, workshop(house, "g-ana").campaign_id
    house.advance(due_at + timedelta(days=1))
    assert workshop(house, "g-ana").overdue_at is not None
    with house.unit() as uow:
        row = next(iter(campaigns.campaigns(uow.connection, [campaign])))
        planning.plan(uow, {**row._mapping, "due_at": due_at + timedelta(days=10)})
    again = workshop(house, "g-ana")
    assert (again.due_at, again.overdue_at) == (due_at + timedelta(days=10), None)
    house.advance(due_at + timedelta(days=11))
    assert workshop(house, "g-ana").overdue_at is not None


def test_an_anonymous_answer_has_nothing_in_common_with_its_link(house: House) -> None:
    house.clock.advance_to(SENT + timedelta(minutes=17))
    ask(house, "identified: anonymous")
    assert send(house, "g-ana", words=Given(text="nobody knows")).new
    assert not send(house, "g-ana", words=Given(text="again")).new
    assignment = workshop(house, "g-ana")
    response = house.rows(RESPONSE)[0]
    assert (response.guardian_id, response.receipt, response.submitted_at.hour, response.submitted_at.minute) == (None, [], 0, 0)
    assert assignment.assignment_id not in {response.assignment_id, *(row.assignment_id for row in house.rows(ANSWER))}
    assert assignment.state == "answered"
    assert response.submitted_at <= house.clock.now()
    house.advance(assignment.due_at + timedelta(days=8))
    assert len(house.rows(RESPONSE)) == 1


def test_an_anonymous_survey_is_neither_printed_with_a_familys_code_nor_typed_in(house: House) -> None:
    house.clock.advance_to(SENT)
    ask(house, "identified: anonymous")
    path = f"/surveys/assignments/{workshop(house, 'g-george').assignment_id}"
    office = house.as_office()
    typed = office.post(f"{path}/answers", json={"via": "paper", "answers": {"words": {"text": "from home"}}})
    assert (typed.status_code, typed.json["code"]) == (409, "ANONYMOUS")
    assert office.get(f"{path}/paper.pdf").status_code == 404
    assert house.rows(RESPONSE) == []


def test_when_it_is_over_anonymous_answers_lie_in_no_order_of_coming(house: House) -> None:
    house.clock.advance_to(SENT)
    ask(house, "identified: anonymous")
    for guardian in ("g-ana", "g-george", "g-meera"):
        send(house, guardian, comes=Given(("evening",)), words=Given(text=guardian))
    before = {(row.assignment_id, row.question_id, str(row.content)) for row in house.rows(ANSWER)}
    house.advance(workshop(house, "g-ana").due_at + timedelta(days=8))
    with house.unit() as uow:
        for table in (RESPONSE, ANSWER):
            placed = sa.select(table.c.assignment_id).order_by(sa.text("rowid"))
            lying = list(uow.connection.execute(placed).scalars())
            assert lying == sorted(lying)
    assert {(row.assignment_id, row.question_id, str(row.content)) for row in house.rows(ANSWER)} == before


def test_an_added_question_reaches_who_has_not_answered_yet_with_their_draft(out: House) -> None:
    save(out, "g-ana", words=Given(text="begun"))
    send(out, "g-george", words=Given(text="done"))
    before = workshop(out, "g-george").version
    write(out, "", MORE)
    out.school()
    out.advance(out.clock.now() + timedelta(minutes=2))
    moved = workshop(out, "g-ana")
    assert (moved.question_ids, moved.version != before) == (["comes", "words", "meal"], True)
    assert workshop(out, "g-george").version == before
    assert draft(out, "g-ana") == {"words": "begun"}


def test_a_breaking_edit_lets_drafts_finish_on_the_version_they_began(out: House) -> None:
    save(out, "g-ana", words=Given(text="begun"))
    before = workshop(out, "g-ana").version
    write(out, "", text=WORKSHOP.replace("{id: words, type: text", "{id: said, type: text"))
    out.school()
    out.advance(out.clock.now() + timedelta(minutes=2))
    assert workshop(out, "g-ana").version == before
    send(out, "g-ana")
    assert [row.question_id for row in out.rows(ANSWER)] == ["words"]


def test_a_declared_map_takes_answers_along(out: House) -> None:
    save(out, "g-ana", words=Given(text="begun"))
    renamed = WORKSHOP.replace("{id: words, type: text", "{id: said, type: text")
    write(out, "carry: {questions: {words: said}}", text=renamed)
    out.school()
    out.advance(out.clock.now() + timedelta(minutes=2))
    assert workshop(out, "g-ana").question_ids == ["comes", "said"]
    assert draft(out, "g-ana") == {"said": "begun"}


def test_a_code_and_its_pin_open_their_assignment_and_no_other(out: House) -> None:
    ana, ben = workshop(out, "g-ana"), workshop(out, "g-george")
    with out.unit() as uow:
        codes = life.codes_for(uow, out.ports, [ana, ben])
        assert codes == life.codes_for(uow, out.ports, [ana, ben])
    mine, theirs = codes[ana.assignment_id], codes[ben.assignment_id]
    with out.unit() as uow:
        found = life.by_code(uow, out.ports, mine.shown.lower().replace("0", "o"), mine.pin)
        assert found.assignment_id == ana.assignment_id
        assert life.by_code(uow, out.ports, "0000-0000", mine.pin).refusal is life.Refusal.UNKNOWN
        if theirs.pin != mine.pin:
            assert life.by_code(uow, out.ports, mine.code, theirs.pin).refusal is life.Refusal.UNKNOWN
    assert all(mine.code not in str(value) and mine.pin != value for row in out.rows(CODE) for value in row[:1])


def test_a_form_printed_by_two_at_once_has_one_code(out: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = workshop(out, "g-ana")
    with out.unit() as uow:
        theirs = life.codes_for(uow, out.ports, [ana])
    monkeypatch.setattr(store, "codes_of", _first_blind(store.codes_of))  # it reads before the first has written
    with out.unit() as uow:
        assert life.codes_for(uow, out.ports, [ana]) == theirs


def _first_blind(seen: Any) -> Any:
    """A look-up that finds nothing the first time."""
    looks: list[int] = []

    def look(connection: Any, ids: Any) -> Any:
        looks.append(1)
        return {} if len(looks) == 1 else seen(connection, ids)

    return look


def test_the_code_of_who_is_kept_from_the_child_says_what_a_wrong_one_says(out: House) -> None:
    george = workshop(out, "g-george")
    with out.unit() as uow:
        code = life.code_for(uow, out.ports, george)
    typed = {"code": code.code, "pin": code.pin}
    assert out.anyone().post("/surveys/code/riverside", form=typed).status_code == 303
    out.restrict("g-george", "s-sam")
    refused = out.anyone().post("/surveys/code/riverside", form=typed)
    assert refused.status_code == 422
    assert "do not belong together" in refused.text


def test_a_code_that_rests_says_what_a_wrong_one_says(out: House) -> None:
    ana = workshop(out, "g-ana")
    with out.unit() as uow:
        code = life.code_for(uow, out.ports, ana)
    wrong = "0000" if code.pin != "0000" else "1111"

    def said(typed: str, pin: str) -> str:
        shown = out.anyone().post("/surveys/code/riverside", form={"code": typed, "pin": pin}).text
        return shown[shown.index("<main") : shown.index("</main")]

    unknown = said("00000000", wrong)
    texts = [re.sub(r'name="_once" value="[^"]*"', "", text) for text in (unknown, *(said(code.code, wrong) for _ in range(6)))]
    assert len(set(texts)) == 1


def test_five_wrong_pins_bar_a_code_for_a_quarter_of_an_hour(out: House) -> None:
    ana = workshop(out, "g-ana")
    with out.unit() as uow:
        code = life.code_for(uow, out.ports, ana)
    wrong = "0000" if code.pin != "0000" else "1111"

    def tried(pin: str) -> life.Found:
        with out.unit() as uow:
            return life.by_code(uow, out.ports, code.code, pin)

    assert [tried(wrong).refusal for _ in range(5)] == [life.Refusal.UNKNOWN] * 4 + [life.Refusal.BARRED]
    assert tried(code.pin).refusal is life.Refusal.BARRED
    out.clock.advance_to(out.clock.now() + timedelta(minutes=15))
    assert tried(code.pin).assignment_id == ana.assignment_id


@given(st.binary(min_size=32, max_size=32))
def test_every_code_can_be_read_as_it_is_shown(digest: bytes) -> None:
    code = code_of(digest)
    assert read_code(code.shown) == code.code == read_code(code.code.lower().replace("1", "l").replace("0", "O"))
    assert set(code.code) <= set(ALPHABET) and len(code.pin) == 4
