"""What a call says for one prompt, line by line, in the guardian's language."""

from __future__ import annotations

from services.surveys.domain.answers import limits_of
from services.surveys.domain.definition import Question, QuestionType, text_in
from services.surveys.domain.voice import Entry, entry_of
from services.surveys.domain.walk_prompts import Prompt
from services.surveys.handlers.life import Opening
from services.surveys.words import words

_TYPED = {
    QuestionType.MULTI: "voice.several",
    QuestionType.MATRIX_MULTI: "voice.several",
    QuestionType.AVAILABILITY: "voice.several",
    QuestionType.RANKING: "voice.ranking",
    QuestionType.TIME: "voice.time",
    QuestionType.DATE: "voice.date",
    QuestionType.DATETIME: "voice.datetime",
}


def spoken_lines(prompt: Prompt, opening: Opening, language: str) -> list[str]:
    """The question, what may be pressed, and the keys that always work."""
    question, say = prompt.question, words(language).text
    if prompt.time:
        return [text_in(question.detail_label, language), say("voice.time"), say("voice.decline_typed"), say("voice.keys_typed")]
    name = opening.children.get(prompt.child or "", "") if len(opening.children) > 1 else ""
    asked = text_in(question.spoken, language)
    lines = [*(text_in(note.spoken, language) for note in prompt.notes), f"{name}: {asked}" if name else asked]
    if prompt.row is not None:
        lines.append(text_in(prompt.row.label, language))
    lines += [say("voice.option", label=text_in(each.label, language), digit=each.digit) for each in question.options]
    entry = entry_of(prompt)
    if (how := _how(question, entry, language)) is not None:
        lines.append(how)
    typed = "_typed" if entry is Entry.TYPED else ""
    if question.declinable or prompt.row is not None:
        lines.append(say(f"voice.decline{typed}"))
    lines.append(say(f"voice.keys{typed}"))
    return [line for line in lines if line]


def _how(question: Question, entry: Entry, language: str) -> str | None:
    say = words(language).text
    if entry is Entry.SPOKEN:
        return say("voice.record")
    if question.type in (QuestionType.YES_NO, QuestionType.CONSENT) and not question.options:
        return say("voice.yes_no")
    if entry is Entry.KEY:
        return None
    if question.type in _TYPED:
        return say(_TYPED[question.type])
    low, high, _ = limits_of(question)
    if low is not None and high is not None and question.type is not QuestionType.PHONE:
        return say("voice.range", low=f"{low:g}", high=f"{high:g}")
    return say("voice.number")


def script_lines(prompt: Prompt, opening: Opening, language: str) -> list[str]:
    """For a person who reads it aloud: the question and its choices, without keys."""
    question = prompt.question
    name = opening.children.get(prompt.child or "", "") if len(opening.children) > 1 else ""
    asked = text_in(question.text, language)
    lines = [*(text_in(note.text, language) for note in prompt.notes), f"{name}: {asked}" if name else asked]
    if prompt.row is not None:
        lines.append(text_in(prompt.row.label, language))
    choices = "; ".join(text_in(option.label, language) for option in question.options)
    return [line for line in [*lines, choices, text_in(question.why, language)] if line]
