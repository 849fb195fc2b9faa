"""What a page gets of a survey's expressions: one small script (`code`), and the rules of its questions as JSON (`rules`).

`browser.js` is written to be read; `minified` takes comments and space out and shortens the names that only it uses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from services.surveys.domain.definition import Question, Survey
from services.surveys.domain.given import Answers
from services.surveys.domain.kinds import NUMERIC, WORDS, QuestionType
from services.surveys.expressions.plain import to_json
from services.surveys.expressions.plan import Bound, Step, plan_of
from services.surveys.expressions.showing import situation
from services.surveys.expressions.tree import Value, names

SOURCE = Path(__file__).with_name("browser.js")
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<regex>/(?![/*\s])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[gimuy]*)
      | (?P<word>[\w$]+)
      | (?P<space>\s+)
      | (?P<sign>\+\+|--|.)""",
    re.VERBOSE,
)
_KINDS = {
    QuestionType.YES_NO: "b",
    QuestionType.CONSENT: "b",
    QuestionType.MULTI: "m",
    QuestionType.RANKING: "r",
    QuestionType.DATE: ".text",
    QuestionType.DATETIME: ".text",
    QuestionType.TIME: ".time",
    QuestionType.MATRIX_SINGLE: "g",
    QuestionType.MATRIX_MULTI: "G",
    QuestionType.AVAILABILITY: "G",
    **dict.fromkeys(WORDS, ".text"),
    **dict.fromkeys(NUMERIC, "n"),
}
_KEPT = frozenset(
    "function return var if else for in switch case typeof new null true false this module window".split()
)


@cache
def code() -> bytes:
    """The script, as small as it is sent."""
    return minified(SOURCE.read_text(encoding="utf-8")).encode()


def minified(source: str) -> str:
    """ECMAScript 5 with a semicolon after every statement, without comments, needless space and long names."""
    tokens = [(str(match.lastgroup), match.group()) for match in _pieces(source)]
    short = _short_names(tokens)
    out: list[str] = []
    for kind, text in tokens:
        if kind == "word" and not (out and out[-1] == "."):
            text = short.get(text, text)
        if out and _would_join(out[-1], text):
            out.append(" ")
        if text == "}" and out and out[-1] == ";":
            out.pop()
        out.append(text)
    return "".join(out)


def _pieces(source: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        assert match is not None
        if match.lastgroup == "regex" and found and not _before_regex(found[-1].group()):
            match = re.compile("(?P<sign>/)").match(source, at)
            assert match is not None
        at = match.end()
        if match.lastgroup not in ("comment", "space"):
            found.append(match)
    return found


def _before_regex(text: str) -> bool:
    return text in ("return", "(", ",", "=", ":", "[", "!", "&", "|", "?", "{", "}", ";")


def _would_join(left: str, right: str) -> bool:
    return (bool(re.match(r"[\w$]", left[-1:])) and bool(re.match(r"[\w$]", right))) or (
        left[-1:] == right[:1] and right[:1] in "+-"
    )


def _short_names(tokens: Sequence[tuple[str, str]]) -> dict[str, str]:
    """New names for what this file declares itself and never uses as a property."""
    words = [text for kind, text in tokens if kind == "word"]
    properties = {
        text
        for (_, before), (kind, text), (_, after) in zip(
            [("", ""), *tokens], tokens, [*tokens[1:], ("", "")], strict=False
        )
        if kind == "word" and (before == "." or (after == ":" and before in ("{", ",")))
    }
    declared = dict.fromkeys(word for word in _declared(tokens) if len(word) > 1 and word not in properties)
    taken = set(words)
    fresh = (name for size in (1, 2) for name in _letters(size) if name not in taken and name not in _KEPT)
    often = sorted(declared, key=lambda word: -words.count(word))
    return dict(zip(often, fresh, strict=False))


def _declared(tokens: Sequence[tuple[str, str]]) -> list[str]:
    """Names of functions, of their arguments, and of variables."""
    found: list[str] = []
    depth, inside = 0, ""
    for (_, before), (kind, text) in pairwise([("", ""), *tokens]):
        if text in ("var", "function"):
            inside, depth = text, 0
        elif inside and text in "([{":
            depth += 1
        elif inside and text in ")]}":
            depth -= 1
        at_var = inside == "var" and depth == 0 and before in ("var", ",")
        at_function = inside == "function" and (before == "function" or (depth == 1 and before in ("(", ",")))
        if kind == "word" and (at_var or at_function):
            found.append(text)
        if (inside == "var" and text == ";" and depth == 0) or (inside == "function" and text == "{"):
            inside = ""
    return found


def _letters(size: int) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return list(letters) if size == 1 else [one + other for one in letters for other in letters]


def rules(
    survey: Survey,
    today: date,
    *,
    here: Collection[str] | None = None,
    answers: Answers | None = None,
    children: Sequence[str] = (),
) -> dict[str, Any]:
    """Plain data for `conditions.look` of the script. `here`: the ids of the questions that stand on the page (None: all);
    what the others were answered comes from `answers`, and only as far as a condition on this page reads it.

    `t` today; `k` the children; `a`, `p` answers of other pages, and by child; `s` steps: id, kind, visible, required,
    constraint, per child, scores. Empty where nothing on this page depends on anything.
    """
    on_page = {question.id for question in survey.questions} if here is None else set(here)
    steps = _needed(plan_of(survey).steps, on_page)
    if not any(_bounds(step) for step in steps):
        return {}
    here_too = {step.name for step in steps}
    read = {name for step in steps for each in _bounds(step) for name in names(each.node)} - here_too
    now = situation(survey, answers or {}, today, children=children)
    return {
        "t": today.isoformat(),
        "k": list(children),
        "a": {name: _plain(now.seen[name]) for name in sorted(read) if now.seen.get(name) is not None},
        "p": {
            child: {
                name: _plain(value) for name, value in now.panels[child].items() if name in read and value is not None
            }
            for child in children
        },
        "s": [_step(step) for step in steps],
    }


def _needed(steps: Sequence[Step], on_page: Collection[str]) -> list[Step]:
    """The questions of the page, and the calculations that they read (and those that these read)."""
    calculated = {step.name: step for step in steps if step.question is None}
    found = {step.name for step in steps if step.name in on_page and step.question is not None}
    waiting = [step for step in steps if step.name in found]
    while waiting:
        for name in {name for each in _bounds(waiting.pop()) for name in names(each.node)} & calculated.keys() - found:
            found.add(name)
            waiting.append(calculated[name])
    return [step for step in steps if step.name in found]


def _bounds(step: Step) -> list[Bound]:
    return [each for each in (step.visible, step.required, step.constraint, step.value) if each is not None]


def _step(step: Step) -> list[Any]:
    question = step.question
    if question is None:
        return [step.name, "=", _tree(step.value)]
    kind = "c" if question.options and question.type in NUMERIC else _KINDS.get(question.type, "c")
    entry: list[Any] = [
        question.id,
        kind,
        _tree(step.visible),
        _tree(step.required),
        _tree(step.constraint),
        int(question.per_child),
    ]
    if kind == "c" and question.type in NUMERIC:
        entry.append(_scores(question))
    while entry[-1] in (None, 0) and len(entry) > 2:
        entry.pop()
    return entry


def _scores(question: Question) -> dict[str, float]:
    return {
        each.value: float(place if each.score is None else each.score) for place, each in enumerate(question.options, 1)
    }


def _tree(each: Bound | None) -> Any:
    return None if each is None else to_json(each.node)


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, Mapping) else value
