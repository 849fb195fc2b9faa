"""A live survey is edited: drafts follow what is cosmetic or additive, and finish or are carried over what breaks."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from services.surveys.definitions.filling import filled
from services.surveys.domain.answers import DECLINED, Given, fitted, problems
from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.edits import Change, EditKind, classify
from services.surveys.domain.edits_carry import Dropped, carry
from tests.unit.services.surveys.definitions_made import asked, content, option, options, rows, said, survey
from tests.unit.services.surveys.definitions_random import CHILDREN, contents, draft_of, edited

BASE = content(
    asked("one", "single", options=options("a", "b"), detail="text", detail_label=said("More"),
          effects=[{"rule": "preference", "field": "live_mode", "values": {"a": "phone"}}]),
    asked("many", "multi", options=options("a", "b", "c"), most=2),
    asked("count", "number", min=0.0, max=10.0, step=0.5),
    asked("point", "scale", options=options("never", "often")),
    asked("order", "ranking", options=options("a", "b")),
    asked("grid", "matrix_single", options=options("a", "b"), rows=rows("x", "y")),
    asked("words", "text", visible_if="{count} > 1", constraint="{words} <> 'x'", constraint_text=said("No x.")),
    calculations=[{"name": "twice", "expression": "{count} * 2"}],
    quotas=[{"id": "full", "condition": "{one} = 'a'", "most": 5}],
    modes=["web", "sms"],
)  # fmt: skip
PLACE = {entry["id"]: number for number, entry in enumerate(BASE["questions"])}


def edit(question: str | None = None, **changes: Any) -> tuple[Survey, Survey]:
    """The base, and the base with these keys changed (None takes a key away)."""
    after = copy.deepcopy(BASE)
    target = after if question is None else after["questions"][PLACE[question]]
    for key, value in changes.items():
        if value is None:
            target.pop(key)
        else:
            target[key] = value
    return survey_of(BASE), survey_of(after)


@pytest.mark.parametrize(
    ("question", "changes", "what", "kind"),
    [
        (None, {"title": said("Other")}, "title", "cosmetic"),
        (None, {"deadline": "2026-09-11T17:00"}, "deadline", "cosmetic"),
        (None, {"languages": ["en", "es"]}, "language_added:es", "additive"),
        (None, {"modes": ["web"]}, "mode_removed:sms", "breaking"),
        (None, {"modes": ["web", "sms", "paper"]}, "mode_added:paper", "additive"),
        (None, {"identified": "anonymous"}, "identified", "breaking"),
        (None, {"calculations": []}, "calculation_removed:twice", "breaking"),
        (
            None,
            {"calculations": [{"name": "twice", "expression": "{count} * 3"}]},
            "calculation_changed:twice",
            "breaking",
        ),
        (None, {"quotas": []}, "quota:full", "additive"),
        (None, {"quotas": [{"id": "full", "condition": "{one} = 'a'", "most": 9}]}, "quota:full", "additive"),
        (None, {"quotas": [{"id": "full", "condition": "{one} = 'a'", "most": 4}]}, "quota:full", "breaking"),
        ("one", {"text": said("Other?")}, "text", "cosmetic"),
        ("one", {"group": "p"}, "group", "cosmetic"),
        ("one", {"type": "multi"}, "retyped", "breaking"),
        ("words", {"type": "long_text"}, "retyped", "additive"),
        ("words", {"visible_if": None}, "visible_if", "additive"),
        ("words", {"visible_if": "{count} > 2"}, "visible_if", "breaking"),
        ("words", {"constraint": None}, "constraint", "additive"),
        ("words", {"required_if": "true"}, "required_if", "breaking"),
        ("words", {"length": 10}, "length", "breaking"),
        ("one", {"detail": None}, "detail", "breaking"),
        ("many", {"detail": "text"}, "detail", "additive"),
        ("one", {"declinable": False}, "declinable", "breaking"),
        ("one", {"tag": "about_parent"}, "tag", "breaking"),
        ("one", {"per_child": True}, "per_child", "breaking"),
        ("one", {"options": [*options("a", "b"), option("c")]}, "option_added:c", "additive"),
        ("one", {"options": options("a", "c")}, "option_removed:b", "breaking"),
        (
            "one",
            {"options": options("b", "a")},
            "option_changed:b",
            "breaking",
        ),  # the digits in a text message sent yesterday
        ("one", {"options": [option("b", digit=2), option("a", digit=1)]}, "options_order", "cosmetic"),
        ("one", {"options": [option("a", label=said("Ah")), option("b")]}, "option_reworded:a", "cosmetic"),
        ("one", {"effects": []}, "effects", "breaking"),
        (
            "one",
            {"effects": [{"rule": "preference", "field": "live_mode", "values": {"a": "video"}}]},
            "effects",
            "breaking",
        ),
        ("point", {"options": options("never", "often", "always")}, "option_added:always", "breaking"),
        ("point", {"options": [option("never", score=0.0), option("often")]}, "option_changed:never", "breaking"),
        ("order", {"options": options("a", "b", "c")}, "option_added:c", "breaking"),
        ("grid", {"rows": rows("x", "y", "z")}, "row_added:z", "additive"),
        ("grid", {"rows": rows("x")}, "row_removed:y", "breaking"),
        ("many", {"most": 3}, "most", "additive"),
        ("many", {"most": 1}, "most", "breaking"),
        ("many", {"most": None}, "most", "additive"),
        ("count", {"max": 12.0}, "range", "additive"),
        ("count", {"max": 9.0}, "range", "breaking"),
        ("count", {"min": -1.0}, "range", "additive"),
        ("count", {"min": -0.2}, "range", "breaking"),  # the steps would begin elsewhere
        ("count", {"step": 0.25}, "range", "additive"),
        ("count", {"step": 0.75}, "range", "breaking"),
        ("count", {"step": None}, "range", "additive"),
    ],
)
def test_each_change_is_classed_by_what_it_does_to_drafts(
    question: str | None, changes: dict[str, Any], what: str, kind: str
) -> None:
    found = classify(*edit(question, **changes))
    assert Change(question, what, EditKind(kind)) in found.changes
    assert found.drafts_follow == (found.kind is not EditKind.BREAKING)


def test_questions_that_come_and_go() -> None:
    old = survey_of(BASE)
    fewer = survey_of(BASE | {"questions": BASE["questions"][1:]})
    optional = survey_of(BASE | {"questions": [*BASE["questions"], asked("new")]})
    required = survey_of(BASE | {"questions": [*BASE["questions"], asked("new", required_if="true")]})
    moved = survey_of(BASE | {"questions": BASE["questions"][::-1]})
    assert classify(old, fewer).changes == (Change("one", "removed", EditKind.BREAKING),)
    assert classify(old, optional).changes == (Change("new", "added", EditKind.ADDITIVE),)
    assert classify(old, required).changes == (Change("new", "added", EditKind.BREAKING),)
    assert classify(old, moved).changes == (Change(None, "order", EditKind.COSMETIC),)
    assert (classify(old, old).kind, classify(old, old).changes) == (EditKind.COSMETIC, ())


def test_the_effect_of_a_new_option_changes_nothing_that_was_answered() -> None:
    before, after = edit(
        "one",
        options=options("a", "b", "c"),
        effects=[{"rule": "preference", "field": "live_mode", "values": {"a": "phone", "c": "video"}}],
    )
    found = classify(before, after)
    assert found.kind is EditKind.ADDITIVE
    assert {change.what for change in found.changes} == {"option_added:c", "effects"}


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_cosmetic_or_additive_edit_never_loses_a_valid_answer(data: st.DataObject) -> None:
    before = data.draw(contents())
    old, new = survey_of(filled(before)), survey_of(filled(data.draw(edited(before))))
    found = classify(old, new)
    event(found.kind.value)
    draft = data.draw(draft_of(old))
    if not found.drafts_follow:
        return
    kept, dropped = carry(draft, old, new)
    assert dropped == ()
    asked_by_id = {each.id: each for each in old.questions}
    assert kept == {key: fitted(asked_by_id[key], each) for key, each in draft.items() if not each.empty}
    assert problems(new.questions, draft, children=CHILDREN) == {}


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_carried_fits_and_whatever_is_not_is_named(data: st.DataObject) -> None:
    before = data.draw(contents())
    after = data.draw(edited(before))
    ids = [each["id"] for each in before["questions"]]
    after["carry"] = {
        "questions": data.draw(
            st.dictionaries(
                st.sampled_from(ids), st.none() | st.sampled_from([each["id"] for each in after["questions"]])
            )
        ),
        "values": data.draw(
            st.dictionaries(
                st.sampled_from(ids), st.dictionaries(st.sampled_from("abcd"), st.none() | st.sampled_from("abcd"))
            )
        ),
    }
    old, new = survey_of(filled(before)), survey_of(filled(after))
    draft = data.draw(draft_of(old))
    kept, dropped = carry(draft, old, new)
    assert problems(new.questions, kept, children=CHILDREN) == {}
    assert all(not each.empty for each in kept.values())
    given_ids = {key for key, each in draft.items() if not each.empty}
    named = {each.question for each in dropped}
    assert named <= given_ids
    assert len(kept) + len(named) >= len(given_ids)  # an answer is carried, or its loss is said (or both, of a part)


def test_a_declared_map_takes_drafts_over_a_breaking_edit() -> None:
    old = survey(
        asked("reach", "single", options=options("phone", "pager", "visit")),
        asked("old", "text"),
        asked("gone", "text"),
    )
    new = survey(
        asked("contact", "multi", options=options("call", "visit")),
        asked("new", "long_text"),
        carry={
            "questions": {"reach": "contact", "old": "new", "gone": None},
            "values": {"reach": {"phone": "call", "pager": None}},
        },
    )
    draft = {"reach": Given(("phone",)), "old": Given(text="hello"), "gone": Given(text="bye")}
    assert carry(draft, old, new) == (
        {"contact": Given(("call",)), "new": Given(text="hello")},
        (Dropped("gone", "removed"),),
    )
    assert carry({"reach": Given(("pager",))}, old, new) == ({}, (Dropped("reach", "removed", "pager"),))
    assert carry({"reach": DECLINED}, old, new) == ({"contact": DECLINED}, ())


def test_two_answers_that_lead_to_one_question_are_not_mixed() -> None:
    old = survey(asked("a"), asked("b"))
    new = survey(asked("c"), carry={"questions": {"a": "c", "b": "c"}})
    kept, dropped = carry({"a": Given(text="first"), "b": Given(text="second")}, old, new)
    assert (kept, dropped) == ({"c": Given(text="first")}, (Dropped("b", "merged"),))


def test_what_no_longer_fits_is_dropped_by_name_never_bent() -> None:
    old = survey(asked("n", "number"), asked("d", declinable=True), asked("t", "number"), asked("g", per_child=True))
    new = survey(asked("n", "number", max=3.0), asked("d", declinable=False), asked("t", "text"), asked("g"))
    siblings = Given(children={"mateo": Given(text="m"), "lucia": Given(text="l")})
    draft = {"n": Given(number=5.0), "d": DECLINED, "t": Given(number=3.0), "g": siblings}
    kept, dropped = carry(draft, old, new)
    assert kept == {}
    assert dropped == (
        Dropped("n", "too_large"), Dropped("d", "may_not_decline"), Dropped("t", "retyped"), Dropped("g", "which_child"),
    )  # fmt: skip
    same = {"g": Given(children={"mateo": Given(text="m"), "lucia": Given(text="m")})}
    assert carry(same, old, new) == ({"g": Given(text="m")}, ())


def test_rows_and_options_that_went_are_named_one_by_one() -> None:
    old = survey(asked("g", "matrix_multi", options=options("a", "b"), rows=rows("x", "y")))
    new = survey(asked("g", "matrix_multi", options=options("a", "c"), rows=rows("x")))
    kept, dropped = carry({"g": Given(cells={"x": ("a", "b"), "y": ("a",)})}, old, new)
    assert kept == {"g": Given(cells={"x": ("a",)})}
    assert dropped == (Dropped("g", "removed", "b"), Dropped("g", "removed", "y"))
