"""A survey by keypad: what the keys of a telephone mean at each kind of question.

One key where one is enough: an option, `*` back, `0` rather not say, `9` once more. Where several are typed, `#` ends them, and
back, not saying and repeating are `*`, `*0` and `*9`, since every digit may belong to the answer.
"""

from __future__ import annotations

from enum import StrEnum

from services.surveys.domain.answers import DECLINED, Answers
from services.surveys.domain.definition import CHOICES, GRIDS, QuestionType
from services.surveys.domain.walk import (
    Outcome,
    Setting,
    Step,
    Walk,
    asking,
    before_of,
    begin,
    current_of,
    missed,
    take,
)
from services.surveys.domain.walk_prompts import Prompt, read

# what needs letters is spoken and recorded
SPOKEN = frozenset({QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.NAME, QuestionType.EMAIL, QuestionType.VOICE})
_SEVERAL = frozenset({QuestionType.MULTI, QuestionType.RANKING, QuestionType.MATRIX_MULTI, QuestionType.AVAILABILITY})
_MOST_KEYS = 9


class Entry(StrEnum):
    """How a question is answered on the telephone."""

    KEY = "key"
    TYPED = "typed"
    SPOKEN = "spoken"


class Key(StrEnum):
    BACK = "back"
    AGAIN = "again"
    DECLINE = "decline"


def entry_of(prompt: Prompt) -> Entry:
    question = prompt.question
    if prompt.time:
        return Entry.TYPED
    if question.type in SPOKEN:
        return Entry.SPOKEN
    one_of = question.type in CHOICES | GRIDS or question.options
    if question.type in _SEVERAL or not one_of or any(option.digit > _MOST_KEYS for option in question.options):
        return Entry.TYPED
    return Entry.KEY


def key_of(prompt: Prompt, keys: str) -> Key | None:
    """What is no answer; a digit that the question itself has for an option is one."""
    starred = {"*": Key.BACK, "*0": Key.DECLINE, "*9": Key.AGAIN}
    if keys in starred:
        return starred[keys]
    if prompt.time:
        return Key.DECLINE if keys == "0" else None
    whole = entry_of(prompt) is not Entry.TYPED or prompt.question.type in _SEVERAL
    if not whole or any(str(option.digit) == keys for option in prompt.question.options):
        return None
    return {"0": Key.DECLINE, "9": Key.AGAIN}.get(keys)


def as_written(prompt: Prompt, keys: str) -> str:
    """The keys as somebody would have texted them; so both are read by one reader."""
    kind = QuestionType.TIME if prompt.time else prompt.question.type
    if kind in _SEVERAL and not any(option.digit > _MOST_KEYS for option in prompt.question.options):
        return " ".join(keys)
    if kind is QuestionType.TIME:
        return _clock(keys)
    if kind is QuestionType.DATE:
        return _day(keys)
    if kind is QuestionType.DATETIME:
        return f"{_day(keys[:8])} {_clock(keys[8:])}"
    return keys.replace("*", ".")


def _day(keys: str) -> str:
    return f"{keys[:4]}-{keys[4:6]}-{keys[6:]}" if len(keys) == len("20260911") else keys


def _clock(keys: str) -> str:
    return f"{keys[:-2]}:{keys[-2:]}" if len(keys) in (3, 4) else keys


def press(walk: Walk, answers: Answers, keys: str, setting: Setting) -> Step:
    """What pressing these keys does; none at all is a miss."""
    prompts = setting.prompts(answers)
    current = current_of(walk, prompts)
    if current is None:
        return begin(walk, answers, setting)
    match key_of(current, keys):
        case Key.BACK:
            return asking(walk, answers, setting, before_of(current, prompts) or current)
        case Key.AGAIN:
            return asking(walk, answers, setting, current)
        case Key.DECLINE:
            declinable = current.question.declinable or current.row is not None or current.time
            return take(walk, current, DECLINED, answers, setting) if declinable else missed(walk, current, answers, setting, None)
    part = read(current, as_written(current, keys), setting.reader) if keys and entry_of(current) is not Entry.SPOKEN else None
    if part is None or (part.text is not None and current.question.options):
        return missed(walk, current, answers, setting, None)
    return take(walk, current, part, answers, setting)


def over(taken: Step) -> bool:
    """Whether the call ends here."""
    return taken.outcome in (Outcome.SUBMIT, Outcome.SEND_LINK, Outcome.SILENT)
