"""How figures and groups read on a page or in a spreadsheet, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from services.surveys.domain.definition import Texts, text_in
from services.surveys.results.questions import CHOSEN, NO_ANSWER
from services.surveys.results.report import ALL, Cell, Kind
from services.surveys.results.tally import DEFAULT_CHANNEL, UNKNOWN


class Wording:
    """`t`: the texts of surveys in the reader's language; `names`: the schools' names by id."""

    def __init__(
        self, t: Callable[..., str], locale: str, *, zone: ZoneInfo, names: Mapping[str, str] | None = None
    ) -> None:
        self._t = t
        self._locale = locale
        self._tag = locale.replace("-", "_")
        self._zone = zone
        self._names = names or {}

    def text(self, texts: Texts) -> str:
        return text_in(texts, self._locale)

    def moment(self, at: datetime) -> str:
        """On the school's clock."""
        local = at.astimezone(self._zone)
        return f"{format_date(local, 'long', locale=self._tag)}, {format_time(local, 'short', locale=self._tag)}"

    def percent(self, share: float | None) -> str:
        """`share` of 1."""
        return self._t("results.hidden_short") if share is None else str(format_percent(share, locale=self._tag))

    def number(self, value: float | None) -> str:
        return self._t("results.hidden_short") if value is None else str(format_decimal(round(value, 2), locale=self._tag))

    def column(self, cell: Cell) -> str:
        """What a column stands for."""
        if cell.column == NO_ANSWER:
            return self._t("results.no_answer")
        if cell.label:
            return self.text(cell.label)
        return self._t(f"results.{cell.column}") if cell.column in ("yes", "no", CHOSEN) else cell.column

    def cell(self, cell: Cell) -> str:
        """The figure in words, with its margin."""
        if cell.kind is Kind.HIDDEN:
            return self._t("results.hidden_short")
        share = self.percent((cell.share or 0.0) / 100)
        if cell.kind is Kind.UNDER:
            return f"< {share}"
        if cell.kind is Kind.OVER:
            return f"> {share}"
        if cell.margin is None or cell.margin < 0.5:
            return share
        return self._t("results.with_margin", share=share, points=self.number(round(cell.margin)))

    def school(self, school: str) -> str:
        return self._t("results.all") if school == ALL else self._names.get(school, school)

    def group(self, trait: str, name: str) -> str:
        """A group's name in the reader's words."""
        if trait == "language":
            return self._language(name)
        if trait == "channel":
            return self._t("results.default_channel" if name == DEFAULT_CHANNEL else f"channel.{name}")
        if trait == "school":
            return self.school(name)
        return self._t("results.unknown") if name == UNKNOWN else name

    def _language(self, code: str) -> str:
        try:
            return str(Locale.parse(code, sep="-").get_display_name(self._tag) or code)
        except (UnknownLocaleError, ValueError):
            return code
