"""The walk by text message as people really text: out of order, twice, several answers at once, one child after the other."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys import expressions
from services.surveys.domain.answers import Answers, Given
from services.surveys.domain.definition import Survey
from services.surveys.domain.voice import press
from services.surveys.domain.walk import MOST_ASKED, Outcome, Setting, Step, Walk, begin, remaining, step
from services.surveys.domain.walk_prompts import filled
from tests.unit.services.surveys.phonesurvey import CHILDREN, DAYS, KINDS, TODAY, choices, question, setting, survey

COLOUR = question("single", name="colour", options=choices("red", "green", "blue"))
WHY = question("text", name="why", visible_if="{colour} = 'red'")
WHEN = question("time", name="when")
MANY = question("multi", name="many", options=choices("red", "green", "blue"))


class Talk:
    """One guardian's texts, and where they have led."""

    def __init__(self, asked: Survey, **more: Any) -> None:
        self.setting: Setting = setting(asked, **more)
        self.taken: Step = begin(Walk(), {}, self.setting)

    def says(self, *texts: str, crossed: bool = False) -> Talk:
        for text in texts:
            self.taken = step(self.taken.walk, self.answers, text, self.setting, crossed=crossed)
        return self

    @property
    def answers(self) -> Answers:
        return self.taken.answers

    @property
    def asked(self) -> str | None:
        return self.taken.prompt.key if self.taken.prompt else None

    @property
    def place(self) -> tuple[int, int]:
        return self.taken.position, self.taken.total


def test_a_condition_hides_a_question_and_the_total_follows() -> None:
    talk = Talk(survey(COLOUR, WHY, WHEN))
    assert talk.place == (1, 2)
    assert talk.says("1").asked == "why"
    assert talk.place == (2, 3)
    other = Talk(survey(COLOUR, WHY, WHEN)).says("2")
    assert (other.asked, other.place) == ("when", (2, 2))


def test_back_opens_the_question_before_and_a_changed_answer_changes_what_is_asked() -> None:
    talk = Talk(survey(COLOUR, WHY, WHEN)).says("1", "because", "back", "back")
    assert talk.asked == "colour"
    assert talk.answers["why"].text == "because"
    assert talk.says("2").asked == "when"
    assert talk.says("back").asked == "colour"
    assert talk.says("atrás, sorry").taken.outcome is Outcome.ASK_AGAIN


def test_several_answers_in_one_message_are_taken_one_after_the_other() -> None:
    talk = Talk(survey(COLOUR, MANY, WHEN)).says("1 3 18:00")
    assert talk.taken.outcome is Outcome.SUBMIT
    assert (talk.answers["colour"].values, talk.answers["many"].values, talk.answers["when"].time) == (("red",), ("blue",), "18:00")
    words = Talk(survey(COLOUR, WHY, WHEN)).says("1 2")
    assert words.asked == "why"
    assert "why" not in words.answers


def test_an_answer_that_crossed_the_next_question_belongs_to_the_one_before() -> None:
    talk = Talk(survey(COLOUR, WHEN)).says("1")
    talk.says("2", crossed=True)
    assert (talk.answers["colour"].values, talk.taken.outcome) == (("green",), Outcome.SILENT)
    assert talk.taken.walk.asked == "when"


def test_a_correction_mends_the_answer_before_and_asks_the_open_question_once_more() -> None:
    talk = Talk(survey(COLOUR, MANY)).says("1", "no, 2")
    assert (talk.answers["colour"].values, talk.asked, talk.taken.outcome) == (("green",), "many", Outcome.ASK)
    yes = Talk(survey(COLOUR, question("yes_no", name="sure"))).says("1", "no, 2")
    assert yes.answers["sure"].values == ("no",)


def test_a_matrix_is_asked_row_by_row_and_a_row_may_be_passed_over() -> None:
    talk = Talk(survey(question("matrix_single", name="m", rows=DAYS, options=choices("good", "bad"))))
    assert talk.place == (1, 3)
    assert talk.says("1").asked == "m[tue]"
    assert talk.says("0", "2").taken.outcome is Outcome.SUBMIT
    assert talk.answers["m"].cells == {"mon": ("good",), "wed": ("bad",)}
    none = Talk(survey(question("matrix_single", name="m", rows=DAYS, options=choices("good", "bad")))).says("0", "0", "0")
    assert none.answers["m"].declined


def test_a_panel_is_asked_child_by_child_with_same_and_names() -> None:
    panel = survey({**COLOUR, "per_child": True}, WHEN)
    one = Talk(panel, children=CHILDREN).says("1")
    assert one.asked == "colour@s-lucia"
    assert one.says("same").asked == "when"
    assert {child: each.values for child, each in one.answers["colour"].children.items()} == {
        "s-mateo": ("red",), "s-lucia": ("red",)
    }  # fmt: skip
    both = Talk(panel, children=CHILDREN).says("Lucia 3, Mateo 2")
    assert {child: each.values for child, each in both.answers["colour"].children.items()} == {
        "s-mateo": ("green",), "s-lucia": ("blue",)
    }  # fmt: skip
    all_at_once = Talk(panel, children=CHILDREN).says("2 both")
    assert all_at_once.asked == "when"
    refused = Talk(panel, children=CHILDREN).says("0", "3")
    assert refused.answers["colour"].children["s-mateo"].declined
    assert refused.asked == "when"


def test_one_tick_on_the_page_for_all_children_is_kept_when_one_of_them_is_changed() -> None:
    held = setting(survey({**COLOUR, "per_child": True}, WHEN), children=CHILDREN)
    answers = {"colour": Given(("red",))}
    taken = begin(Walk(), answers, held)
    assert taken.prompt is not None
    assert taken.prompt.key == "when"
    back = step(taken.walk, taken.answers, "back", held)
    assert back.prompt is not None
    assert back.prompt.key == "colour@s-lucia"
    changed = step(back.walk, back.answers, "3", held)
    assert {child: each.values for child, each in changed.answers["colour"].children.items()} == {
        "s-mateo": ("red",), "s-lucia": ("blue",)
    }  # fmt: skip


def test_a_child_who_is_named_in_free_words_is_whom_they_are_about() -> None:
    free = [*choices("none"), {"value": "other", "digit": 2, "label": {"en": "other", "es": "otro"}, "free": True}]
    talk = Talk(survey(question("single", name="concern", options=free, detail="text"), WHEN), children=CHILDREN)
    assert talk.says("Lucia eats alone").answers["concern"] == Given(("other",), text="Lucia eats alone", about="s-lucia")


def test_what_does_not_fit_is_said_and_asked_again_then_the_link_goes_out_once() -> None:
    talk = Talk(survey(question("number", name="n", max=5), WHEN))
    assert (talk.says("9").taken.outcome, talk.taken.code) == (Outcome.ASK_AGAIN, "too_large")
    outcomes = [talk.says("many").taken.outcome for _ in range(3)]
    assert outcomes == [Outcome.ASK_AGAIN, Outcome.SEND_LINK, Outcome.SILENT]
    assert talk.says("3").asked == "when"


def test_a_constraint_is_checked_when_the_answer_is_whole() -> None:
    rule = question("number", name="n", constraint="{n} <> 13")
    assert Talk(survey(rule)).says("13").taken.code == "constraint"
    assert Talk(survey(rule)).says("12").taken.outcome is Outcome.SUBMIT


def test_help_later_web_and_call_leave_the_walk_where_it_is_and_an_option_of_that_name_is_an_answer() -> None:
    talk = Talk(survey(COLOUR, WHEN))
    found = [talk.says(text).taken.outcome for text in ("help me", "later", "web", "call me")]
    assert found == [Outcome.HELP, Outcome.LATER, Outcome.SEND_LINK, Outcome.CALL]
    assert talk.says("2").asked == "when"
    named = [{**each, "synonyms": {"en": ["call me"]}} for each in choices("phone", "text")]
    assert Talk(survey(question("single", name="way", options=named), WHEN)).says("call me").answers["way"].values == ("phone",)


def test_at_most_ten_are_asked_by_text_then_the_page_and_nothing_more() -> None:
    many = survey(*[question("yes_no", name=f"q{number}") for number in range(12)])
    talk = Talk(many).says(*["1"] * (MOST_ASKED - 1))
    assert talk.asked == "q9"
    assert talk.says("1").taken.outcome is Outcome.SEND_LINK
    assert talk.says("1").taken.outcome is Outcome.SILENT
    assert len(talk.answers) == MOST_ASKED


def test_a_note_stands_before_what_follows_it() -> None:
    talk = Talk(survey(question("note", name="hello"), COLOUR))
    assert talk.taken.prompt is not None
    assert [note.id for note in talk.taken.prompt.notes] == ["hello"]
    assert talk.place == (1, 1)


def test_an_optional_question_that_cannot_be_declined_is_passed_over() -> None:
    talk = Talk(survey(question("yes_no", name="a", declinable=False), WHEN)).says("skip")
    assert (talk.asked, dict(talk.answers)) == ("when", {})


CONDITIONS = (None, "{colour} = 'red'", "{n} > 3", "{many} contains 'blue'", "{why} notempty")
TEXTS = st.one_of(
    st.sampled_from(["1", "2", "3", "0", "9", "1 3", "1 3 18:00", "18:00", "skip", "yes", "no, 2", "back", "later", "help", "web",
                     "call me", "same", "Mateo 2, Lucia 1", "red", "Sept 12", "?", "", "12 33", "a@b.org", "3125550111", "STOP it"]),
    st.text(max_size=12),
)  # fmt: skip


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    more = draw(st.lists(st.sampled_from(KINDS), max_size=4, unique_by=lambda each: each["type"]))
    base = [COLOUR, question("number", name="n"), MANY, question("text", name="why"), WHEN]
    found = [dict(each) for each in [*base, *more]]
    for each in found[5:]:
        each["visible_if"] = draw(st.sampled_from(CONDITIONS))
        each["per_child"] = each["type"] != "note" and draw(st.booleans())
    return survey(*found)


def parts(answers: Answers) -> set[tuple[str, str | None]]:
    """Every question, and every child of a panel, for which something is kept."""
    children = {(key, child) for key, whole in answers.items() for child, each in whole.children.items() if not each.empty}
    return children | {(key, None) for key, whole in answers.items() if not whole.empty}


@settings(max_examples=150, deadline=None)
@given(surveys(), st.lists(st.tuples(TEXTS, st.booleans()), max_size=25))
def test_no_sequence_of_texts_crashes_or_loses_an_answer(asked: Survey, texts: list[tuple[str, bool]]) -> None:
    talk = Talk(asked, children=CHILDREN)
    for text, crossed in texts:
        before = dict(talk.answers)
        talk.says(text, crossed=crossed)
        whole = {key for key, given_ in talk.answers.items() if given_.declined}
        assert all(key in whole for key, _ in parts(before) - parts(talk.answers))
        if talk.taken.outcome is Outcome.SUBMIT:
            assert remaining(talk.answers, talk.setting, talk.taken.walk.passed) == ()
            return
        assert talk.taken.prompt is not None
        assert 1 <= talk.taken.position <= talk.taken.total


@settings(max_examples=100, deadline=None)
@given(surveys(), st.data())
def test_a_walk_that_is_answered_ends_and_leaves_what_the_page_would(asked: Survey, data: st.DataObject) -> None:
    talk = Talk(asked, children=CHILDREN)
    for _ in range(200):
        if talk.taken.outcome in (Outcome.SUBMIT, Outcome.SEND_LINK):
            break
        assert talk.taken.prompt is not None
        talk.says(data.draw(answer_to(talk.taken.prompt.question.type.value)))
    assert talk.taken.outcome in (Outcome.SUBMIT, Outcome.SEND_LINK)
    assert talk.taken.walk.sent <= MOST_ASKED
    if talk.taken.outcome is Outcome.SUBMIT:
        page = expressions.shown(asked, talk.answers, TODAY, children=tuple(CHILDREN))
        put = [each.question.id for each in talk.setting.prompts(talk.answers)]
        assert set(put) == {each.id for each in page if each.type != "note"}
        assert all(filled(each, talk.answers) for each in talk.setting.prompts(talk.answers) if each.row is None)
        kept = expressions.kept(asked, talk.answers, TODAY, children=tuple(CHILDREN))
        assert expressions.faults(asked, kept, TODAY, children=tuple(CHILDREN)) == {}


def answer_to(kind: str) -> st.SearchStrategy[str]:
    fits = {
        "number": "7", "scale": "4", "rating": "2", "text": "reading", "long_text": "reading", "name": "Ana", "voice": "words",
        "email": "a@example.org", "phone": "3125550111", "time": "18:00", "date": "2026-09-12", "datetime": "2026-09-12 18:00",
        "ranking": "2 1 3", "availability": "12 31",
    }  # fmt: skip
    given_ = fits.get(kind, "1")
    return st.sampled_from([given_, given_, "skip"])


@settings(max_examples=100, deadline=None)
@given(surveys(), st.lists(st.text(alphabet="0123456789*", max_size=4), max_size=30))
def test_no_sequence_of_keys_crashes_or_loses_an_answer(asked: Survey, pressed: list[str]) -> None:
    held = setting(asked, children=CHILDREN, spoken=True)
    taken = begin(Walk(), {}, held)
    for keys in pressed:
        before = dict(taken.answers)
        taken = press(taken.walk, taken.answers, keys, held)
        assert all(not taken.answers[key].empty for key, given in before.items() if not given.empty)
        if taken.outcome in (Outcome.SUBMIT, Outcome.SEND_LINK, Outcome.SILENT):
            return
