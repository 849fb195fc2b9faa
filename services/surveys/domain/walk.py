"""A survey walked by text message: one question at a time, two re-prompts, then the link.

Texts cross on the way, come twice, correct what was said before: whoever texts is understood as far as a person would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from services.surveys.domain.answers import DECLINED, Answers, Given
from services.surveys.domain.definition import GRIDS, Question, QuestionType
from services.surveys.domain.kinds import WORDS
from services.surveys.domain.reading import Reader, declines, names_option, terse
from services.surveys.domain.reading_words import Command, Vocabulary
from services.surveys.domain.walk_panel import read_panel
from services.surveys.domain.walk_prompts import (
    MATRICES,
    Asked,
    Prompt,
    filled,
    merged,
    prompts_of,
    read,
    whole,
    with_times,
)

REPROMPTS = 2
MOST_ASKED = 10  # prompts by text message; what is left then is easier on the page


class Outcome(StrEnum):
    ASK = "ask"
    ASK_AGAIN = "ask_again"
    SEND_LINK = "send_link"
    SILENT = "silent"  # said already, or nothing to say: more texts would only cost money and patience
    SUBMIT = "submit"
    HELP = "help"
    LATER = "later"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Walk:
    """`asked` is the open prompt's key (None: not begun); `misses` how often in a row it was not understood; `passed` the
    keys of prompts that were passed over without an answer to keep; `sent` how many prompts went out."""

    asked: str | None = None
    misses: int = 0
    passed: tuple[str, ...] = ()
    sent: int = 0


@dataclass(frozen=True)
class Setting:
    """What a walk is held in. `applicable`: the questions that may and need be put, given the answers so far, each with its
    children; `wrong`: a code for an answer that does not fit (its constraint only once it is `complete`); `children`: given
    names by id; `spoken`: on the telephone rather than by text."""

    language: str
    vocabulary: Vocabulary
    today: date
    applicable: Callable[[Answers], Sequence[Asked]]
    wrong: Callable[[Answers, Question, bool], str | None] = lambda answers, question, complete: None
    children: Mapping[str, str] = field(default_factory=dict, repr=False)
    spoken: bool = False

    @property
    def reader(self) -> Reader:
        return Reader(self.language, self.vocabulary, self.today)

    def prompts(self, answers: Answers) -> list[Prompt]:
        """Everything that is asked in this mode, answered or not."""
        found = prompts_of(self.applicable(answers), by_row=GRIDS if self.spoken else MATRICES)
        return with_times(found, answers) if self.spoken else found

    def fault(self, answers: Answers, question: Question) -> str | None:
        """Why these answers to the question do not do."""
        parts = [each for each in self.prompts(answers) if each.question.id == question.id]
        return self.wrong(answers, question, all(filled(each, answers) for each in parts))


@dataclass(frozen=True, slots=True)
class Step:
    """`code`: why it was not understood, where there is a reason to name. `position` of `total` counts what applies now."""

    walk: Walk
    answers: Answers
    outcome: Outcome
    prompt: Prompt | None = None
    position: int = 0
    total: int = 0
    code: str | None = None

    @property
    def question(self) -> Question | None:
        return self.prompt.question if self.prompt else None


def begin(walk: Walk, answers: Answers, setting: Setting) -> Step:
    """Ask what is open, without an answer: the first question, or the one at which somebody rested."""
    current = current_of(walk, setting.prompts(answers))
    if current is not None and not filled(current, answers):
        return asking(replace(walk, misses=0), answers, setting, current)
    return onwards(walk, answers, setting)


def step(walk: Walk, answers: Answers, text: str, setting: Setting, *, crossed: bool = False) -> Step:
    """What one reply does. The first reply only begins; answers given elsewhere (a web draft) are not asked again.

    `crossed`: it was sent before the open question can have been read, so it answers the question before.
    """
    prompts = setting.prompts(answers)
    current = current_of(walk, prompts)
    if (commanded := _commanded(walk, answers, text, setting, current)) is not None:
        return commanded
    if current is None:
        return onwards(walk, answers, setting)
    before = before_of(current, prompts)
    if crossed and before is not None and (part := _fitting(before, text, answers, setting)) is not None:
        return _mended(walk, before, part, answers, setting, silent=True)
    if before is not None and (part := _correction(before, current, text, answers, setting)) is not None:
        return _mended(walk, before, part, answers, setting, silent=False)
    return _answered(walk, current, prompts, text, answers, setting)


def onwards(walk: Walk, answers: Answers, setting: Setting) -> Step:
    """The next prompt that is open, or the end; after ten the page."""
    answers = _settled(answers, walk, setting)
    following = next(iter(remaining(answers, setting, walk.passed)), None)
    if following is None:
        return Step(replace(walk, misses=0), answers, Outcome.SUBMIT)
    if walk.sent >= MOST_ASKED and not setting.spoken:
        told = walk.asked is None and walk.misses > REPROMPTS
        rested = replace(walk, asked=None, misses=REPROMPTS + 1)
        return Step(rested, answers, Outcome.SILENT if told else Outcome.SEND_LINK, following, *_place(following, answers, setting))
    return asking(replace(walk, misses=0, sent=walk.sent + 1), answers, setting, following)


def remaining(answers: Answers, setting: Setting, passed: Sequence[str] = ()) -> tuple[Prompt, ...]:
    """Still to be asked."""
    return tuple(each for each in setting.prompts(answers) if not filled(each, answers) and each.key not in passed)


def _answered(walk: Walk, current: Prompt, prompts: Sequence[Prompt], text: str, answers: Answers, setting: Setting) -> Step:
    panel = read_panel(current, prompts, text, setting.reader, answers=answers, names=setting.children)
    if panel is not None:
        code = setting.fault(panel, current.question)
        return missed(walk, current, answers, setting, code) if code else onwards(walk, panel, setting)
    listed = terse(text)
    if len(listed) > 1 and (chained := _chained(walk, current, listed, answers, setting)) is not None:
        return chained
    part = read(current, text, setting.reader)
    if part is None:
        if not current.question.declinable and text.strip() and _passes(current, text, setting):
            return onwards(replace(walk, passed=(*walk.passed, current.key)), answers, setting)
        return missed(walk, current, answers, setting, None)
    return take(walk, current, _about(part, text, current, setting), answers, setting)


def take(walk: Walk, current: Prompt, part: Given, answers: Answers, setting: Setting) -> Step:
    """What was said at this prompt, if it does; a line of a grid (or a time beside a choice) that was declined is only passed
    over."""
    if part.declined and current.time:
        return onwards(replace(walk, passed=(*walk.passed, current.key)), answers, setting)
    kept = merged(current, answers, part)
    if (code := setting.fault(kept, current.question)) is not None:
        return missed(walk, current, answers, setting, code)
    if part.declined and current.row is not None:
        walk = replace(walk, passed=(*walk.passed, current.key))
    return onwards(walk, kept, setting)


def _chained(walk: Walk, current: Prompt, listed: Sequence[str], answers: Answers, setting: Setting) -> Step | None:
    """`1 3 18:00`: several answers in one message, as long as each fits; None where the first does not stand alone.

    The longest part that the question takes is its own; words are never made of digits that were meant for choices.
    """
    kept, left, at, taken = dict(answers), list(listed), current, 0
    while left:
        for size in range(len(left), 0, -1):
            part = None if at.question.type in WORDS else read(at, " ".join(left[:size]), setting.reader)
            if part is not None and (size == 1 or _uses(at, part, left[:size])):
                candidate = merged(at, kept, part)
                if setting.fault(candidate, at.question) is None:
                    break
        else:
            break
        kept, left, taken = candidate, left[size:], taken + 1
        if part.declined and at.row is not None:
            walk = replace(walk, passed=(*walk.passed, at.key))
        following = next(iter(remaining(kept, setting, walk.passed)), None)
        if following is None:
            break
        at = following
    return onwards(walk, kept, setting) if taken else None


def _uses(prompt: Prompt, part: Given, tokens: Sequence[str]) -> bool:
    """Whether every token became part of the answer: a choice takes one, and a time where it asks for one."""
    cells = sum(len(values) for values in part.cells.values())
    return len(part.values) + cells + (part.time is not None) >= len(tokens) and not part.declined


def _commanded(walk: Walk, answers: Answers, text: str, setting: Setting, current: Prompt | None) -> Step | None:
    command = setting.vocabulary.command(text)
    if command is None or (current is not None and names_option(current.question, text)):
        return None
    place = _place(current, answers, setting) if current else (0, len(setting.prompts(answers)))
    match command:
        case Command.BACK:
            if current is None:
                return None
            return asking(replace(walk, misses=0), answers, setting, before_of(current, setting.prompts(answers)) or current)
        case Command.WEB:
            return Step(replace(walk, misses=0), answers, Outcome.SEND_LINK, current, *place)
        case Command.HELP:
            return Step(walk, answers, Outcome.HELP, current, *place)
        case Command.LATER:
            return Step(replace(walk, misses=0), answers, Outcome.LATER, current, *place)
        case Command.CALL:
            return Step(replace(walk, misses=0), answers, Outcome.CALL, current, *place)


def _correction(before: Prompt, current: Prompt, text: str, answers: Answers, setting: Setting) -> Given | None:
    """`no, 2`: the answer before in place of this one; not where the open question takes a no, nor of free words."""
    rest = setting.vocabulary.corrected(text)
    takes_no = current.question.type in (QuestionType.YES_NO, QuestionType.CONSENT)
    if rest is None or takes_no or before.question.type in WORDS or names_option(current.question, text.split()[0]):
        return None
    return _fitting(before, rest, answers, setting)


def _fitting(prompt: Prompt, text: str, answers: Answers, setting: Setting) -> Given | None:
    part = read(prompt, text, setting.reader)
    if part is None or setting.fault(merged(prompt, answers, part), prompt.question) is not None:
        return None
    return part


def _mended(walk: Walk, before: Prompt, part: Given, answers: Answers, setting: Setting, *, silent: bool) -> Step:
    """The answer before is another; the open question is asked once more unless it has just gone out."""
    kept = merged(before, answers, part)
    current = current_of(walk, setting.prompts(kept))
    if current is None or filled(current, kept):  # it does not apply any more
        return onwards(walk, kept, setting)
    if silent:
        return Step(walk, kept, Outcome.SILENT, current, *_place(current, kept, setting))
    return asking(replace(walk, misses=0), kept, setting, current)


def missed(walk: Walk, prompt: Prompt, answers: Answers, setting: Setting, code: str | None) -> Step:
    """Asked again twice; then another way is offered, once."""
    misses = walk.misses + 1
    outcome = Outcome.ASK_AGAIN if misses <= REPROMPTS else Outcome.SEND_LINK
    if misses > REPROMPTS + 1:
        outcome = Outcome.SILENT
    return Step(replace(walk, misses=misses), answers, outcome, prompt, *_place(prompt, answers, setting), code)


def asking(walk: Walk, answers: Answers, setting: Setting, prompt: Prompt) -> Step:
    """This prompt is the open one now."""
    return Step(replace(walk, asked=prompt.key), answers, Outcome.ASK, prompt, *_place(prompt, answers, setting))


def _place(prompt: Prompt, answers: Answers, setting: Setting) -> tuple[int, int]:
    keys = [each.key for each in setting.prompts(answers)]
    return (keys.index(prompt.key) + 1 if prompt.key in keys else len(keys)), len(keys)


def current_of(walk: Walk, prompts: Sequence[Prompt]) -> Prompt | None:
    """The open prompt; None where nothing is, or it does not apply any more. A question that stood in the invitation is
    named without the child."""
    whole_key = next((each for each in prompts if each.key == walk.asked), None)
    return whole_key or next((each for each in prompts if each.question.id == walk.asked), None)


def before_of(current: Prompt, prompts: Sequence[Prompt]) -> Prompt | None:
    """The prompt before it."""
    place = next((number for number, each in enumerate(prompts) if each.key == current.key), 0)
    return prompts[place - 1] if place else None


def _passes(prompt: Prompt, text: str, setting: Setting) -> bool:
    """A question that cannot be declined and need not be answered is passed over by the same words."""
    optional = replace(prompt.question, declinable=True)
    return prompt.question.required_if is None and declines(optional, text, setting.vocabulary)


def _about(part: Given, text: str, prompt: Prompt, setting: Setting) -> Given:
    """A child who is named in the words is whom they are about."""
    if not part.text or prompt.child is not None or len(setting.children) < 2:
        return part
    named = [child for child, name in setting.children.items() if name and name.casefold() in text.casefold()]
    return replace(part, about=named[0]) if len(named) == 1 else part


def _settled(answers: Answers, walk: Walk, setting: Setting) -> Answers:
    """A grid of which no line was answered has been declined as a whole."""
    given = {q.id: DECLINED for q, _ in setting.applicable(answers) if whole(q, answers, walk.passed) is not None}
    return {**answers, **given} if given else answers
