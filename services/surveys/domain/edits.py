"""What an edit of a published survey does to those who are answering it: cosmetic, additive or breaking.

Drafts follow a cosmetic or an additive edit by themselves: no answer that was valid becomes invalid or is lost. At a breaking
one they finish on the version they began with, unless the new version declares `carry` (see `edits_carry`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.surveys.domain.answers import limits_of, longest, on_step
from services.surveys.domain.definition import Option, Question, Survey
from services.surveys.domain.kinds import NUMERIC, QuestionType

__all__ = ["Change", "Edit", "EditKind", "classify"]


class EditKind(StrEnum):
    """In the order of what they cost."""

    COSMETIC = "cosmetic"
    ADDITIVE = "additive"
    BREAKING = "breaking"


@dataclass(frozen=True, slots=True)
class Change:
    """`question` is None for what belongs to the whole survey; `what` is a closed word with a name behind a colon, if any."""

    question: str | None
    what: str
    kind: EditKind


@dataclass(frozen=True, slots=True)
class Edit:
    """The worst of its changes; cosmetic where nothing changed."""

    kind: EditKind
    changes: tuple[Change, ...]

    @property
    def drafts_follow(self) -> bool:
        return self.kind is not EditKind.BREAKING


_COST = list(EditKind)
_Found = Iterator[tuple[str, EditKind]]
_C, _A, _B = EditKind.COSMETIC, EditKind.ADDITIVE, EditKind.BREAKING
_QUESTION_TEXTS = ("text", "sms", "why", "voice", "detail_label", "constraint_text", "unit_label")
_WIDER = {(QuestionType.TEXT, QuestionType.LONG_TEXT), (QuestionType.NAME, QuestionType.TEXT)}


def classify(old: Survey, new: Survey) -> Edit:
    """Every change from `old` to `new`, in the order of the survey."""
    changes = [Change(None, what, kind) for what, kind in _whole(old, new)]
    before = {question.id: question for question in old.questions}
    after = {question.id: question for question in new.questions}
    for question in old.questions:
        if question.id not in after:
            changes.append(Change(question.id, "removed", _B))
    for question in new.questions:
        if question.id not in before:
            changes.append(Change(question.id, "added", _A if question.required_if is None else _B))
        else:
            changes += [Change(question.id, what, kind) for what, kind in _question(before[question.id], question)]
    kind = max((change.kind for change in changes), key=_COST.index, default=_C)
    return Edit(kind, tuple(changes))


def _whole(old: Survey, new: Survey) -> _Found:
    for name in ("title", "intro", "pages", "send_on", "deadline", "grace_days"):
        if getattr(old, name) != getattr(new, name):
            yield name, _C
    yield from _set("language", dict.fromkeys(old.languages), dict.fromkeys(new.languages))
    yield from _set("mode", dict.fromkeys(old.modes), dict.fromkeys(new.modes))
    for name in ("kind", "identified"):  # what was promised about the answers
        if getattr(old, name) != getattr(new, name):
            yield name, _B
    yield from _set("calculation", dict(old.calculations), dict(new.calculations))
    was, now = {quota.id: quota for quota in old.quotas}, {quota.id: quota for quota in new.quotas}
    for name in [*was, *(name for name in now if name not in was)]:
        if name not in now:
            yield f"quota:{name}", _A
        elif name not in was or was[name].condition != now[name].condition or was[name].most > now[name].most:
            yield f"quota:{name}", _B
        elif was[name] != now[name]:
            yield f"quota:{name}", _A
    common = [question.id for question in old.questions if new.question(question.id)]
    if common != [question.id for question in new.questions if old.question(question.id)]:
        yield "order", _C


def _set(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> _Found:
    """Something more is additive; something less, or something else under the same name, breaks."""
    for name in old:
        if name not in new:
            yield f"{what}_removed:{name}", _B
        elif old[name] != new[name]:
            yield f"{what}_changed:{name}", _B
    for name in new:
        if name not in old:
            yield f"{what}_added:{name}", _A


def _question(old: Question, new: Question) -> _Found:
    if old.type is not new.type:
        wider = (old.type, new.type) in _WIDER and longest(old) <= longest(new)
        yield "retyped", _A if wider else _B
        if not wider:
            return
    for name in _QUESTION_TEXTS:
        if getattr(old, name) != getattr(new, name):
            yield name, _C
    for name in ("group", "prefill"):
        if getattr(old, name) != getattr(new, name):
            yield name, _C
    for name in ("per_child", "tag", "protected"):
        if getattr(old, name) != getattr(new, name):
            yield name, _B
    if old.declinable != new.declinable:
        yield "declinable", _A if new.declinable else _B
    for name in ("visible_if", "required_if", "constraint", "detail"):
        yield from _rule(name, getattr(old, name), getattr(new, name))
    yield from _options(old, new)
    yield from _rows(old, new)
    yield from _limits(old, new)
    yield from _effects(old, new)


def _rule(name: str, old: str | None, new: str | None) -> _Found:
    """A condition that falls away asks for less; a new or another one may hide or refuse what is there. Added words or a time
    (`detail`) are the other way round: what falls away takes answers with it."""
    if old == new:
        return
    lighter = new is None if name != "detail" else old is None
    yield name, _A if lighter else _B


def _options(old: Question, new: Question) -> _Found:
    was = {option.value: option for option in old.options}
    now = {option.value: option for option in new.options}
    for value in was:
        if value not in now:
            yield f"option_removed:{value}", _B
    for value, option in now.items():
        if value not in was:
            # a ranking that was complete no longer is; a scale with one point more measures something else
            rigid = new.type is QuestionType.SCALE or (new.type is QuestionType.RANKING and new.most is None)
            yield f"option_added:{value}", _B if rigid else _A
        elif _meaning(was[value]) != _meaning(option) or (was[value].free and not option.free):
            yield f"option_changed:{value}", _B
        elif was[value] != option:
            yield f"option_reworded:{value}", _C
    if [value for value in was if value in now] != [value for value in now if value in was]:
        yield "options_order", _B if new.type is QuestionType.SCALE else _C


def _meaning(option: Option) -> tuple[object, ...]:
    """A digit that was sent out in a text message must mean tomorrow what it means today."""
    return (option.digit, option.score)


def _rows(old: Question, new: Question) -> _Found:
    was, now = {row.value: row for row in old.rows}, {row.value: row for row in new.rows}
    for value in was:
        if value not in now:
            yield f"row_removed:{value}", _B
        elif was[value] != now[value]:
            yield f"row_reworded:{value}", _C
    for value in now:
        if value not in was:
            yield f"row_added:{value}", _A


def _limits(old: Question, new: Question) -> _Found:
    """Wider takes every number that was taken; anything else is narrower."""
    for name in ("most", "length"):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            same_ranking = new.type is not QuestionType.RANKING
            yield name, _A if same_ranking and (now is None or (was is not None and now > was)) else _B
    was_limits, now_limits = limits_of(old), limits_of(new)
    if new.type in NUMERIC and was_limits != now_limits:
        yield "range", _A if _wider(was_limits, now_limits) else _B


def _wider(was: tuple[float | None, ...], now: tuple[float | None, ...]) -> bool:
    (low, high, step), (new_low, new_high, new_step) = was, now
    if new_low is not None and (low is None or new_low > low):
        return False
    if new_high is not None and (high is None or new_high < high):
        return False
    if new_step is None:
        return True
    if step is None:
        return False
    return on_step(step, new_step) and on_step((low or 0.0) - (new_low or 0.0), new_step)


def _effects(old: Question, new: Question) -> _Found:
    """What an answer that was already given would do must stay; what only new options do is new."""
    known = {option.value for option in old.options}

    def said(question: Question) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for rule in question.effects:
            values = {value: repr(what) for value, what in rule.values.items() if value in known}
            if values or not rule.values:
                found.append((rule.rule, rule.field, rule.consent, sorted(values.items()), not rule.values))
        return found

    if said(old) != said(new):
        yield "effects", _B
    elif old.effects != new.effects:
        yield "effects", _A
