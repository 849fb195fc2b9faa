"""What would go wrong with a survey is said before it is asked: code, field, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.notifications.domain.keywords import keyword
from services.surveys.definitions import DefinitionError, checked, lint_file, load
from services.surveys.definitions.library import SHIPPED
from services.surveys.domain.lint import Calendar
from shared.directory.finding import Finding, Severity
from tests.unit.services.surveys.definitions_made import asked, content, line_of, option, options, rows, said, written

CONSENT = asked("agree", "consent")
MODE = [option("text"), option("phone")]


def findings(plain: dict[str, Any], severity: Severity = Severity.ERROR) -> list[Finding]:
    return [finding for finding in checked(plain, "made")[1] if finding.severity is severity]


def test_a_sound_survey_of_every_kind_of_question_has_no_fault() -> None:
    plain = content(
        asked("one", "single", options=options("a", "b")),
        asked("many", "multi", options=options("a", "b"), most=1),
        asked("truly", "yes_no"),
        asked("order", "ranking", options=options("a", "b", "c"), visible_if="{one} = 'a'"),
        asked("agree", "scale", options=options("never", "often")),
        asked("stars", "rating", max=4.0),
        asked(
            "count",
            "number",
            min=0.0,
            max=9.0,
            step=1.0,
            constraint="{count} <> 7",
            constraint_text=said("Seven is taken."),
        ),
        asked("grid", "matrix_single", options=options("a", "b"), rows=rows("x", "y"), per_child=True),
        asked("free", "availability"),
        asked("tongue", "language"),
        languages=["en"],
    )
    plain["questions"][9]["options"] = [{"value": tag, "label": said(tag)} for tag in ("en", "es")]
    assert findings(plain) == []


@pytest.mark.parametrize(
    ("plain", "code", "field"),
    [
        (content(asked("q", "single")), "survey.no_choice", "questions.0"),
        (content(asked("q", "matrix_multi", options=options("a", "b"))), "survey.no_rows", "questions.0"),
        (content(asked("q", options=options("a", "b"))), "survey.unreachable", "questions.0.options"),
        (content(asked("q", rows=rows("a"))), "survey.unreachable", "questions.0.rows"),
        (content(asked("q", "number", length=4)), "survey.unreachable", "questions.0.length"),
        (
            content(asked("q", "number", detail="time", detail_label=said("When?"))),
            "survey.unreachable",
            "questions.0.detail",
        ),
        (content(asked("q", min=4.0)), "survey.unreachable", "questions.0.min"),
        (content(asked("q", "number", min=4.0, max=2.0)), "survey.impossible", "questions.0.min"),
        (content(asked("q", "rating", step=9.0)), "survey.impossible", "questions.0.step"),
        (content(asked("q", "number", step=0.0)), "survey.impossible", "questions.0.step"),
        (content(asked("q", group="p")), "survey.unreachable", "questions.0.group"),
        (content(asked("q", why=None)), "survey.untranslated", "questions.0.why"),
        (content(asked("q", text=said("-"))), "survey.untranslated", "questions.0.text"),
        (content(asked("q", constraint="{q} notempty")), "survey.untranslated", "questions.0.constraint_text"),
        (
            content(asked("q", "single", options=[option("a", digit=2), option("b")])),
            "survey.unreachable",
            "questions.0.options.0",
        ),
        (
            content(
                asked(
                    "q",
                    "single",
                    options=[option("a", synonyms={"en": ["Fine"]}), option("b", synonyms={"en": ["fine!"]})],
                )
            ),
            "survey.ambiguous",
            "questions.0.options.0.synonyms.en.0",
        ),
        (
            content(asked("q", "single", options=[option("a"), option("b", synonyms={"en": ["١"]})])),
            "survey.ambiguous",
            "questions.0.options.1.synonyms.en.0",
        ),
        (
            content(asked("q", "single", options=[option("a"), option("b", synonyms={"en": ["0"]})])),
            "survey.ambiguous",
            "questions.0.options.1.synonyms.en.0",
        ),
        (
            content(asked("q", "single", options=[option("a", free=True), option("b", free=True)])),
            "survey.ambiguous",
            "questions.0.options",
        ),
        (content(asked("q"), deadline="2026-02-30T17:00"), "survey.no_such_date", "deadline"),
        (content(asked("q"), deadline="2026-09-12T17:00"), "survey.closed_day", "deadline"),
        (content(asked("q"), send_on="2026-09-14", deadline="2026-09-11T17:00"), "survey.closed_day", "deadline"),
        (content(*(asked(f"q{n}") for n in range(11))), "survey.too_long", "questions"),
        (content(asked("q"), modes=["web", "voice"]), "survey.unspoken", "questions.0.voice"),
        (content(asked("q", sms=said("Please tell us. " * 30))), "survey.sms_too_long", "questions.0.sms.en"),
        (content(asked("q"), carry={"questions": {"old": "gone"}}), "survey.unreachable", "carry.questions.old"),
        (
            content(asked("q", "yes_no"), carry={"values": {"q": {"maybe": "perhaps"}}}),
            "survey.unreachable",
            "carry.values.q.maybe",
        ),
    ],
)
def test_a_question_that_cannot_be_asked_as_written_is_refused(plain: dict[str, Any], code: str, field: str) -> None:
    found = findings(plain)
    assert (code, field) in {(finding.code, finding.field) for finding in found}
    assert all(finding.remedy and finding.message for finding in found)


@pytest.mark.parametrize(
    ("plain", "code", "field"),
    [
        (
            content(asked("a", "yes_no"), asked("b", visible_if="{c} = true")),
            "survey.expression",
            "questions.1.visible_if",
        ),
        (content(asked("a", "yes_no"), asked("b", visible_if="{a} = ")), "survey.expression", "questions.1.visible_if"),
        (
            content(asked("a", "yes_no", visible_if="{b} = true"), asked("b", "yes_no", visible_if="{a} = true")),
            "survey.expression",
            "questions.0.visible_if",
        ),
        (
            content(asked("a", visible_if="{b} = true"), asked("b", "yes_no")),
            "survey.later",
            "questions.0.visible_if",
        ),
        (
            content(
                asked("a", visible_if="{double} > 4"),
                asked("b", "number"),
                calculations=[{"name": "double", "expression": "{b} * 2"}],
            ),
            "survey.later",
            "questions.0.visible_if",
        ),
        (
            content(asked("a", "single", options=options("x", "y")), asked("b", visible_if="{a} = 'x' and {a} = 'y'")),
            "survey.unreachable",
            "questions.1.visible_if",
        ),
        (
            content(asked("n", "number", constraint="{n} > 5 and {n} < 3", constraint_text=said("Look again."))),
            "survey.unreachable",
            "questions.0.constraint",
        ),
        (
            content(asked("a", "yes_no"), asked("b", visible_if="{a} = true", required_if="{a} = false")),
            "survey.contradiction",
            "questions.1.required_if",
        ),
        (
            content(
                asked("a", "yes_no"), quotas=[{"id": "full", "condition": "{a} = true and {a} = false", "most": 5}]
            ),
            "survey.unreachable",
            "quotas.0.condition",
        ),
        (
            content(asked("a", "yes_no"), quotas=[{"id": "full", "condition": "{a} = true", "most": 0}]),
            "survey.impossible",
            "quotas.0.most",
        ),
        (
            content(asked("a", "yes_no"), quotas=[{"id": "q", "condition": "{a} = true", "most": 5}] * 2),
            "survey.unreachable",
            "quotas.0.id",
        ),
    ],
)
def test_conditions_that_nobody_or_not_everybody_can_meet_are_refused(
    plain: dict[str, Any], code: str, field: str
) -> None:
    assert (code, field) in {(finding.code, finding.field) for finding in findings(plain)}


def preference(field: str, **values: Any) -> dict[str, Any]:
    return {"rule": "preference", "field": field, "values": values}


@pytest.mark.parametrize(
    ("plain", "code", "field"),
    [
        (
            content(asked("q", "single", options=MODE, effects=[preference("live_mode", phone="pigeon")])),
            "survey.bad_value",
            "questions.0.effects.0.values.phone",
        ),
        (
            content(asked("q", "single", options=MODE, effects=[preference("channel_order", phone=7)])),
            "survey.bad_value",
            "questions.0.effects.0.values.phone",
        ),
        (
            content(
                asked("q", "single", options=MODE, effects=[preference("live_mode", phone="phone"), preference("live_mode", phone="video")])
            ),
            "survey.contradiction",
            "questions.0.effects.1.values.phone",
        ),
        (
            content(asked("q", "multi", options=MODE, effects=[preference("live_mode", phone="phone", text="video")])),
            "survey.contradiction",
            "questions.0.effects.0",
        ),
        (
            content(
                asked("a", "single", options=MODE, effects=[preference("live_mode", phone="phone")]),
                asked("b", "single", options=MODE, effects=[preference("live_mode", phone="video")]),
            ),
            "survey.contradiction",
            "questions.1.effects.0",
        ),
        (
            content(asked("q", "single", options=MODE, effects=[{"rule": "preference", "field": "available_after"}])),
            "survey.unreachable",
            "questions.0.effects.0",
        ),
        (
            content(asked("q", "single", options=MODE, effects=[preference("contacts_per_month", phone="4")])),
            "survey.bad_value",
            "questions.0.effects.0.values.phone",
        ),
        (
            content(asked("q", "single", options=MODE, effects=[preference("timezone", phone="Chicago")])),
            "survey.bad_value",
            "questions.0.effects.0.values.phone",
        ),
        (
            content(asked("q", "multi", options=MODE, effects=[{"rule": "barrier", "values": {"phone": "disengaged"}}])),
            "survey.bad_value",
            "questions.0.effects.0.values.phone",
        ),
        (
            content(asked("q", "matrix_multi", options=MODE, rows=rows("x"), effects=[preference("live_mode", phone="phone")])),
            "survey.unreachable",
            "questions.0.effects.0",
        ),
        (content(asked("q", "single", options=MODE, effects=[{"rule": "insight"}])), "survey.unreachable", "questions.0.effects.0"),
        (content(asked("q", "number", effects=[{"rule": "concern"}])), "survey.unreachable", "questions.0.effects.0"),
        (
            content(asked("q", "single", options=MODE, effects=[{"rule": "boundary", "values": {"text": "no_calls"}}])),
            "survey.unknown_scope",
            "questions.0.effects.0.values",
        ),
        (
            content(
                asked(
                    "q", "single", options=MODE,
                    effects=[{"rule": "boundary", "values": {"text": "no_surveys", "phone": "student_only"}}],
                )
            ),
            "survey.one_way",
            "questions.0.options",
        ),
        (
            content(
                asked(
                    "q", "single", options=MODE, declinable=False, required_if="true",
                    effects=[{"rule": "boundary", "values": {"text": "no_surveys"}}],
                )
            ),
            "survey.one_way",
            "questions.0.required_if",
        ),
        (
            content(asked("q", tag="about_parent", required_if="true")),
            "survey.must_decline",
            "questions.0.required_if",
        ),
        (
            content(asked("q", "multi", options=MODE, effects=[{"rule": "need", "consent": "nobody"}])),
            "survey.unreachable",
            "questions.0.effects.0.consent",
        ),
        (content(asked("q", protected="religion")), "survey.no_consent", "questions.0.protected"),
        (content(CONSENT, asked("q", protected="income")), "survey.no_consent", "questions.1.protected"),
        (content(asked("q", protected="income", visible_if="{agree} = true"), CONSENT), "survey.no_consent", "questions.0.protected"),
        (
            content(CONSENT, asked("q", protected="income", visible_if="{agree} = true", declinable=False)),
            "survey.must_decline",
            "questions.1.declinable",
        ),
        (
            content(asked("q", "single", options=MODE, effects=[preference("live_mode", phone="phone")]), identified="anonymous"),
            "survey.not_anonymous",
            "questions.0.effects.0",
        ),
        (content(asked("q", per_child=True), identified="anonymous"), "survey.not_anonymous", "questions.0.per_child"),
        (content(asked("q", prefill=True), identified="anonymous"), "survey.not_anonymous", "questions.0.prefill"),
        (content(asked("q", "email"), identified="anonymous"), "survey.not_anonymous", "questions.0.type"),
    ],
)  # fmt: skip
def test_rules_that_contradict_bind_or_expose_a_family_are_refused(
    plain: dict[str, Any], code: str, field: str
) -> None:
    assert (code, field) in {(finding.code, finding.field) for finding in findings(plain)}


@pytest.mark.parametrize("word", ["stop", "END", "Cancel!", "unsubscribe", "quit", "start", "help"])
def test_no_answer_is_a_word_that_ends_all_messages(word: str) -> None:
    assert keyword(word) is not None  # what would come of it
    plain = content(asked("q", "single", options=[option("a"), option("b", synonyms={"en": [word]})]))
    assert [(each.code, each.field) for each in findings(plain)] == [
        ("survey.stop_word", "questions.0.options.1.synonyms.en.0")
    ]
    assert findings(plain | {"modes": ["web"]}) == []


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_answer_of_a_shipped_survey_opts_a_family_out_in_any_language(path: Path) -> None:
    survey = load(path, path.name).survey
    for question in survey.questions:
        for each in question.options:
            replies = [
                *each.label.values(),
                *each.short.values(),
                *(word for words in each.synonyms.values() for word in words),
            ]
            assert [reply for reply in replies if keyword(reply)] == []


def test_a_protected_topic_may_be_asked_of_those_who_consented() -> None:
    assert findings(content(CONSENT, asked("q", protected="religion", visible_if="{agree} = true"))) == []


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [
        ("en", "Which church do you go to?", "religion"),
        ("en", "What is your household INCOME?", "income"),
        ("en", "Has anyone at home been arrested?", "illegal_acts"),
        ("en", "Which political party do you support?", "politics"),
        ("en", "Does your child see a psychologist?", "mental_health"),
        ("es", "¿Cuál es su religión?", "religion"),
        ("es", "¿Cuáles son sus ingresos?", "income"),
        ("vi", "Thu nhập của gia đình là bao nhiêu?", "income"),
        ("so", "Diintaadu waa maxay?", "religion"),
        ("ar", "ما هي ديانتكم؟", "religion"),
        ("gu", "તમારો ધર્મ કયો છે?", "religion"),
        ("es-MX", "¿Qué tradiciones tiene su familia?", "culture"),
    ],
)
def test_a_question_that_reads_like_a_protected_topic_must_say_whether_it_is_one(
    language: str, text: str, topic: str
) -> None:
    plain = content(
        asked("q", text={"en": "About you?", language: text}), languages=list(dict.fromkeys(["en", language]))
    )
    (found,) = [each for each in findings(plain) if each.code == "survey.protected"]
    assert (found.field, found.remedy.startswith(f"Declare `protected: {topic}`")) == (
        f"questions.0.text.{language}",
        True,
    )
    for said_so in (topic, "none"):
        plain["questions"][0]["protected"] = said_so
        assert "survey.protected" not in {each.code for each in findings(plain)}
    assert "survey.no_consent" not in {each.code for each in findings(plain)}  # `none` needs nobody's consent


@pytest.mark.parametrize(
    "text",
    [
        "When should the evening begin?", "How do you get to school?", "Which language do you speak at home?",
        "Who may pick up your child?", "What does your child like to do?", "Would you vote for a later start of school?",
    ],
)  # fmt: skip
def test_an_everyday_question_needs_no_such_word(text: str) -> None:
    assert findings(content(asked("q", text=said(text)))) == []


def test_consent_may_name_the_topic_it_is_about() -> None:
    assert findings(content(asked("agree", "consent", text=said("May we ask about your income?")))) == []


def test_an_anonymous_poll_may_count_votes() -> None:
    plain = content(asked("vote", "single", options=MODE, effects=[{"rule": "poll"}]), identified="anonymous")
    assert findings(plain) == []
    assert {finding.code for finding in findings(plain, Severity.WARNING)} == {
        "survey.not_anonymous"
    }  # a clerk may see it


@pytest.mark.parametrize(
    ("language", "text", "fits"),
    [
        ("ar", "كيف حالكم؟", True),
        ("ar", "How are you?", False),
        ("gu", "તમે કેમ છો?", True),
        ("gu", "आप कैसे हैं?", False),
        ("es", "¿Cómo está?", True),
        ("vi", "Quý vị khỏe không?", True),
        ("so", "كيف حالكم؟", False),
        ("zh-Hans", "你好吗？你好", True),
        ("zh-Hant", "How are you?", False),
        ("ja", "お元気ですか", True),
        ("ko", "안녕하세요?", True),
        ("am", "እንዴት ነህ?", True),
        ("am", "How are you?", False),
        ("ar", "SMS", True),  # an abbreviation is at home everywhere
        ("pa-Arab", "تسیں کیویں او", True),
        ("pa", "ਤੁਸੀਂ ਕਿਵੇਂ ਹੋ", True),
    ],
)
def test_a_text_stands_in_the_script_of_its_language(language: str, text: str, fits: bool) -> None:
    plain = content(asked("q"), languages=["en", language])
    plain["title"] |= {language: text}
    found = {(finding.code, finding.field) for finding in findings(plain)}
    assert (("survey.wrong_script", f"title.{language}") not in found) == fits


@pytest.mark.parametrize(("condition", "fine"), [("{a} empty", True), ("{a} notempty", False), ("{c} = true", False)])
def test_two_questions_may_set_one_thing_if_nobody_answers_both(condition: str, fine: bool) -> None:
    plain = content(
        asked("c", "yes_no"),
        asked("a", "single", options=MODE, effects=[preference("live_mode", phone="phone")]),
        asked("b", "single", options=MODE, effects=[preference("live_mode", phone="video")], visible_if=condition),
    )
    assert ([each.code for each in findings(plain)] == []) == fine
    assert fine or findings(plain)[0].field == "questions.2.effects.0"


def test_an_english_sentence_under_another_languages_tag_is_no_translation() -> None:
    plain = content(asked("q"), languages=["en", "es"])
    plain["intro"] = {"en": "They take two minutes.", "es": "They take two minutes."}
    plain["title"] = {"en": "Plan", "es": "Plan"}
    found = {(each.code, each.field) for each in findings(plain)}
    assert ("survey.untranslated", "intro.es") in found
    assert ("survey.untranslated", "title.es") not in found


def test_a_deadline_on_a_holiday_of_the_school_is_refused_when_its_calendar_is_known(tmp_path: Path) -> None:
    path = written(tmp_path, content(asked("q"), deadline="2026-09-07T17:00"))  # Labor Day, a Monday
    assert lint_file(path) == []
    terms = [{"starts_on": "2026-09-01", "ends_on": "2027-06-10"}]
    (found,) = lint_file(path, calendar=Calendar(terms, ["2026-09-07"]))
    assert (found.code, found.row) == ("survey.closed_day", line_of(path, "deadline:"))
    summer = written(tmp_path, content(asked("q"), deadline="2026-08-03T17:00"), "summer.yaml")
    assert [each.code for each in lint_file(summer, calendar=Calendar(terms))] == ["survey.closed_day"]


def test_a_fault_names_file_line_and_column(tmp_path: Path) -> None:
    path = written(tmp_path, content(asked("a", "yes_no"), asked("b", visible_if="{c} = true")))
    with pytest.raises(DefinitionError) as refused:
        load(path, "surveys/made.yaml")
    assert refused.value.findings[0].place == f"surveys/made.yaml:{line_of(path, 'visible_if')}:3"


def test_many_questions_may_be_asked_on_paper_and_on_the_page() -> None:
    plain = content(*(asked(f"q{n}") for n in range(11)), modes=["web", "paper"])
    assert findings(plain) == []


def test_a_filled_in_yes_is_asked_for_in_a_language_that_we_have_no_words_for() -> None:
    plain = content(asked("q", "yes_no"), languages=["en", "hmn"])
    assert ("survey.untranslated", "questions.0.options.0.label") in {
        (each.code, each.field) for each in findings(plain)
    }
