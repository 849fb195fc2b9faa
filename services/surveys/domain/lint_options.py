"""Options, rows and limits: everything that can be chosen can be reached, and means one thing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from services.surveys.domain.answers import limits_of
from services.surveys.domain.definition import Option, Question, Survey
from services.surveys.domain.kinds import CHOICES, GRIDS, NUMERIC, SEVERAL, WORDS, Detail, Mode, QuestionType
from services.surveys.domain.lint_fault import Fault, Path, missing
from services.surveys.domain.reading_words import DECLINE_DIGIT, fold

_NAME_IT = "Correct the name, or remove the line."
# what networks take before we hear it (CTIA Messaging Principles 5.1.3; 47 CFR 64.1200(a)(10)): an answer that ends everything
_NETWORK = frozenset(
    {
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "opt out",
        "start",
        "unstop",
        "help",
    }
)
_DETAILED = CHOICES - {QuestionType.RANKING, QuestionType.LANGUAGE}


def shape_faults(survey: Survey, question: Question, path: Path) -> Iterator[Fault]:
    """What a question of this kind must have, and what it would never show."""
    kind = question.type
    shows_options = kind in CHOICES or kind in GRIDS or kind is QuestionType.SCALE
    if (kind in CHOICES or kind in GRIDS) and len(question.options) < 2 and kind is not QuestionType.CONSENT:
        yield Fault("survey.no_choice", path, "a choice needs two options or more", "Add options, or change the type.")
    if question.options and not shows_options:
        yield _unseen((*path, "options"), kind, "options")
    if kind in GRIDS and not question.rows:
        yield Fault("survey.no_rows", path, f"a question of type {kind} needs rows", "Add `rows`.")
    if question.rows and kind not in GRIDS:
        yield _unseen((*path, "rows"), kind, "rows")
    if question.detail is not None and kind not in _DETAILED and not (kind is QuestionType.SCALE and question.options):
        yield _unseen((*path, "detail"), kind, "detail")
    if question.length is not None and kind not in WORDS and question.detail is not Detail.TEXT:
        yield _unseen((*path, "length"), kind, "length")
    if question.most is not None and kind not in SEVERAL and kind not in GRIDS:
        yield _unseen((*path, "most"), kind, "most")
    yield from _limits(question, path)
    if question.group is not None and question.group not in {page.id for page in survey.pages}:
        yield Fault("survey.unreachable", (*path, "group"), f"there is no page {question.group}", "Add it to `pages`.")


def _unseen(path: Path, kind: QuestionType, part: str) -> Fault:
    return Fault("survey.unreachable", path, f"a question of type {kind} shows no {part}", _NAME_IT)


def _limits(question: Question, path: Path) -> Iterator[Fault]:
    named = [name for name in ("min", "max", "step") if getattr(question, name) is not None]
    if question.type not in NUMERIC or (question.type is QuestionType.SCALE and question.options):
        for name in named:
            yield _unseen((*path, name), question.type, name)
        return
    low, high, step = limits_of(question)
    if low is not None and high is not None and low >= high:
        place = (*path, "min" if question.min is not None else "max")
        yield Fault("survey.impossible", place, f"no number is from {low:g} to {high:g}", "Let `min` be below `max`.")
    elif step is not None and step <= 0:
        yield Fault("survey.impossible", (*path, "step"), "a step is above 0", "Write a larger `step`, or none.")
    elif step is not None and low is not None and high is not None and step > high - low:
        yield Fault(
            "survey.impossible", (*path, "step"), "the step is larger than the whole range", "Write a smaller `step`."
        )


def option_faults(survey: Survey, question: Question, path: Path) -> Iterator[Fault]:
    """Digits and values stand for one option; words typed in a text message name at most one."""
    values = Counter(option.value for option in question.options)
    digits = Counter(option.digit for option in question.options)
    for place, option in enumerate(question.options):
        here: Path = (*path, "options", place)
        if digits[option.digit] > 1 or values[option.value] > 1:
            yield Fault("survey.unreachable", here, "another option has the same digit or value", "Give each its own.")
        yield from missing(survey.languages, option.label, (*here, "label"))
        if option.short is not option.label:
            yield from missing(survey.languages, option.short, (*here, "short"))
    rows = Counter(row.value for row in question.rows)
    for place, row in enumerate(question.rows):
        here = (*path, "rows", place)
        if rows[row.value] > 1:
            yield Fault("survey.unreachable", here, f"another row is named {row.value}, too", "Give each its own name.")
        yield from missing(survey.languages, row.label, (*here, "label"))
    if sum(option.free for option in question.options) > 1:
        yield Fault(
            "survey.ambiguous", (*path, "options"), "two options take free words", "Leave `free` with one of them."
        )
    yield from _ambiguous(survey, question, path)


def _ambiguous(survey: Survey, question: Question, path: Path) -> Iterator[Fault]:
    """Compared as replies are read: case, digits of any script and outer marks made alike."""
    digits = {str(option.digit): option for option in question.options}
    for language in survey.languages:
        named: dict[str, list[tuple[int, Option, Path]]] = defaultdict(list)
        for place, option in enumerate(question.options):
            for word, where in _words(option, language):
                named[fold(word)].append((place, option, (*path, "options", place, *where)))
        for folded, found in named.items():
            if len({option.value for _, option, _ in found}) > 1:
                yield from _two(found)
            owner = digits.get(folded)
            for _, option, where in found:
                if folded in _NETWORK and Mode.SMS in survey.modes:
                    yield Fault(
                        "survey.stop_word", where, f"{folded} as a reply ends or begins all messages, and answers nothing",
                        "Use another word.",
                    )  # fmt: skip
                if folded == DECLINE_DIGIT and question.declinable:
                    yield Fault("survey.ambiguous", where, f"{folded} declines the question", "Use another word.")
                elif owner is not None and owner is not option:
                    yield Fault(
                        "survey.ambiguous", where, f"{folded} is the digit of another option", "Use another word."
                    )


def _two(found: Sequence[tuple[int, Option, Path]]) -> Iterator[Fault]:
    """Said at each synonym; where only labels clash, at the later label."""
    said = [each for each in found if "synonyms" in each[2]] or [found[-1]]
    for _, option, where in said:
        if any(other.value != option.value for _, other, _ in found):
            yield Fault(
                "survey.ambiguous", where, "this word names another option, too", "Leave the word with one option."
            )


def _words(option: Option, language: str) -> Iterator[tuple[str, Path]]:
    if language in option.label:
        yield option.label[language], ("label", language)
    if language in option.short and option.short is not option.label:
        yield option.short[language], ("short", language)
    for number, word in enumerate(option.synonyms.get(language, ())):
        yield word, ("synonyms", language, number)
