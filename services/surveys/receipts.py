"""What an answer changes, in the guardian's words: the same lines on the receipt's page and in the message that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.surveys.domain.definition import Survey, text_in
from services.surveys.words import words
from shared.web.i18n import Translator

SILENT = frozenset({"declined"})  # stands on the page; a message does not repeat what somebody would rather not say


def receipt_line(said: Translator, survey: Survey, line: Mapping[str, str]) -> str:
    """One line of a receipt (`effects.receipt_of`) for a reader of `said`."""
    effect, value = line["effect"], line["value"]
    match effect:
        case "channel_order":
            return said.text("receipt.channel_order", value=", ".join(said.text(f"channel.{each}") for each in value.split()))
        case "live_mode":
            return said.text("receipt.live_mode", value=said.text(f"mode.{value}"))
        case "concern":
            return said.text("receipt.concern", value=said.text(f"topic.{value}"))
        case "boundary":
            return said.text(f"receipt.boundary.{value}")
        case "barrier":
            return said.text("receipt.barrier", value=said.text(f"barrier.{value}"))
        case "need" | "need_list":
            return said.text(f"receipt.{effect}", value=_need(said, survey, value))
        case "insight" | "plan" | "poll":
            return said.text(f"receipt.{effect}")
        case "declined":
            question = survey.question(value)
            return said.text("receipt.declined", value=text_in(question.text, said.locale) if question else value)
        case _:
            return said.text(f"receipt.{effect}", value=value)


def _need(said: Translator, survey: Survey, need: str) -> str:
    """As the option that was ticked is called."""
    for question in survey.questions:
        for rule in question.effects:
            ticked = next((option for option, named in rule.values.items() if named == need), need)
            option = question.option(ticked)
            if rule.rule == "need" and option is not None:
                return text_in(option.label, said.locale)
    return need.replace("_", " ")


def in_words(language: str, survey: Survey, lines: Sequence[Mapping[str, str]]) -> str:
    """The lines for a message; empty where nothing changes that a message would tell."""
    said = words(language)
    return " ".join(receipt_line(said, survey, line) for line in lines if line["effect"] not in SILENT)
