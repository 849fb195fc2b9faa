"""Everything that a translation is checked for before it may go out. Deterministic; every finding says what and where.

`inspect` is for any pair of texts (an engine's, a person's, a file's); `check_machine` for an engine's answer, where
what was masked is known and must stand exactly as it was rendered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from services.translation.domain.checks_script import right_to_left, script
from services.translation.domain.checks_shape import shape
from services.translation.domain.checks_values import changed
from services.translation.domain.dates import localise_date, localise_time
from services.translation.domain.findings import Code, Finding, Severity, Side
from services.translation.domain.meaning import dangers
from services.translation.domain.protection import Kind, Protected, Token
from shared.language.bidi import isolated

MAX_UNKNOWN = 0.34  # more words than this unknown, and it is not in the reader's language
LONGEST = 20_000  # characters that are looked at; longer texts go to a person
_PLACEHOLDER = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")
_NUMBERS = frozenset({Code.NUMBER, Code.DATE, Code.TIME, Code.PHONE})
_PLACES = frozenset({Code.PLACEHOLDER, Code.LINK, Code.TAG})


class Verdict(StrEnum):
    """Of one check."""

    OK = "ok"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Checks:
    """Verdict per check; `reasons` are closed words, for provenance and the counter of refusals."""

    numbers: Verdict = Verdict.OK
    placeholders: Verdict = Verdict.OK
    names: Verdict = Verdict.OK
    meaning: Verdict = Verdict.OK
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        return all(verdict is Verdict.OK for verdict in (self.numbers, self.placeholders, self.names, self.meaning))

    def as_dict(self) -> dict[str, object]:
        """For the event and the provenance page; never holds text."""
        verdicts = {name: str(value) for name, value in asdict(self).items() if isinstance(value, Verdict)}
        spots = [finding.as_dict() for finding in self.findings]
        return verdicts | {"reasons": list(self.reasons)} | ({"findings": spots} if spots else {})


def inspect(
    source: str,
    translation: str,
    *,
    languages: tuple[str, str],
    names: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Everything found in `translation`, what holds it first; `names` must stand in it as they are."""
    if max(len(source), len(translation)) > LONGEST:
        return (Finding(Code.LENGTH, (0, len(translation)), Side.TRANSLATION),)
    found = [
        *shape(source, translation, languages=languages, names=names),
        *script(source, translation, target=languages[1], names=names),
        *changed(source, translation, languages=languages, names=names),
        *dangers(source, translation, languages=languages),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: finding.severity is not Severity.HOLDS))


def holds(findings: Sequence[Finding]) -> bool:
    """Whether a person has to see the text first."""
    return any(finding.severity is Severity.HOLDS for finding in findings)


def render(token: Token, *, source: str, target: str) -> str:
    """A protected piece as the reader writes it: dates and times in their language, all else as it was."""
    if token.kind is Kind.DATE:
        return localise_date(token.surface, source, target)
    if token.kind is Kind.TIME:
        return localise_time(token.surface, target)
    return token.surface


def placed(token: Token, *, source: str, target: str) -> str:
    """`render`, isolated where it would turn a right-to-left text around."""
    return isolated(render(token, source=source, target=target), rtl=right_to_left(target))


def placeholders(text: str) -> Counter[str]:
    """Each `{placeholder}` and how often."""
    return Counter(_PLACEHOLDER.findall(text))


def lost(kinds: Sequence[Kind]) -> Checks:
    """The verdict when protected pieces of these kinds did not come back."""
    return Checks(
        numbers=_lost_if(kinds, Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.PHONE, Kind.MONEY),
        placeholders=_lost_if(kinds, Kind.PLACEHOLDER, Kind.LINK, Kind.LITERAL, Kind.MARK, Kind.TAG),
        names=_lost_if(kinds, Kind.NAME),
        reasons=tuple(sorted({f"lost_{kind}" for kind in kinds})),
    )


def check_machine(
    protected: Protected, original: str, translation: str, *, languages: tuple[str, str], unknown: float
) -> Checks:
    """All checks of an engine's answer against the `original` that it was made from."""
    source, target = languages
    names = tuple(dict.fromkeys(token.surface for token in protected.tokens if token.kind is Kind.NAME))
    found = list(inspect(original, translation, languages=languages, names=names))
    found += _missing(protected, translation, source, target)
    if unknown > MAX_UNKNOWN:
        found.append(Finding(Code.UNKNOWN_WORDS, (0, len(translation)), Side.TRANSLATION))
    holding = [finding for finding in found if finding.severity is Severity.HOLDS]
    codes = {finding.code for finding in holding}
    return Checks(
        numbers=Verdict.LOST if codes & _NUMBERS else Verdict.OK,
        placeholders=Verdict.LOST if codes & _PLACES else Verdict.OK,
        names=Verdict.LOST if Code.NAME in codes else Verdict.OK,
        meaning=Verdict.REFUSED if codes - _NUMBERS - _PLACES - {Code.NAME} else Verdict.OK,
        reasons=tuple(dict.fromkeys(str(finding.code) for finding in holding)),
        findings=tuple(found),
    )


_CODES = {
    Kind.NUMBER: Code.NUMBER, Kind.MONEY: Code.NUMBER, Kind.DATE: Code.DATE, Kind.TIME: Code.TIME,
    Kind.PHONE: Code.PHONE, Kind.NAME: Code.NAME, Kind.LINK: Code.LINK, Kind.TAG: Code.TAG,
}  # fmt: skip


def _missing(protected: Protected, translation: str, source: str, target: str) -> list[Finding]:
    """Pieces that do not stand as they were rendered: a repair or a later hand has touched them."""
    wanted: Counter[str] = Counter()
    codes: dict[str, Code] = {}
    for token in protected.tokens:
        shown = render(token, source=source, target=target)
        wanted[shown] += 1
        codes[shown] = _CODES.get(token.kind, Code.PLACEHOLDER)
    return [
        Finding(codes[shown], (0, len(translation)), Side.TRANSLATION)
        for shown, count in wanted.items()
        if translation.count(shown) < count
    ]


def _lost_if(kinds: Sequence[Kind], *watched: Kind) -> Verdict:
    return Verdict.LOST if any(kind in watched for kind in kinds) else Verdict.OK
