"""Decides where each translation comes from: approved catalogue, approved memory, an engine, or the source, labelled.

No database here: what memory and the district's signatures hold is handed in, so that the handler asks for all of it
at once. Never raises for a text; a text that cannot be had in a language is a `Refusal` with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from services.translation.catalogue import Catalogue, Signatures, Wording
from services.translation.catalogue.load import SOURCE
from services.translation.domain import checks as checking
from services.translation.domain import memory
from services.translation.domain.checks import Checks
from services.translation.domain.findings import Code, Side
from services.translation.domain.glossary import NO_TERMS, Glossary, Shielded
from services.translation.domain.languages import base, normal, same
from services.translation.domain.meaning import dangers
from services.translation.domain.polish import polished
from services.translation.domain.protection import (
    Kind,
    Protected,
    ProtectionLost,
    has_words,
    protect,
    recased,
    unstressed,
)
from services.translation.engines.budget import Budget, refused
from services.translation.engines.order import NO_ORDER, Order, pair_of
from services.translation.engines.port import Engine, Failure, Result, Segment
from shared.clock import monotonic
from shared.language.templates import has_forms


@dataclass(frozen=True, slots=True)
class Request:
    """A text wanted in one language: a person's own words (`text`) or a catalogue entry. `names` stay as they are.

    `hidden`: names of the district's people in it, which no engine outside the district may see.
    """

    text_id: str
    version: int
    source: str
    target: str
    text: str | None
    catalogue_key: str | None = None
    names: tuple[str, ...] = ()
    needs_person: bool = False
    hidden: tuple[str, ...] = ()
    context: str = ""  # the kind of message: what was approved in the same kind goes first


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in one language and where it came from. `reasons`: why better was not to be had."""

    text: str
    engine: str
    machine: bool = False
    labelled: bool = False
    approved_by: str | None = None
    checks: Checks = field(default_factory=Checks)
    reasons: tuple[str, ...] = ()
    glossary_hits: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """There is nothing to send."""

    reason: str


Outcome = Translation | Refusal


@dataclass(frozen=True, slots=True)
class _Draft:
    """On its way to an engine."""

    index: int
    request: Request
    engine: Engine
    pair: tuple[str, str]
    protected: Protected
    shielded: Shielded

    @property
    def segment_id(self) -> str:
        """The same whenever the same question is asked again."""
        return f"{self.request.text_id}.{self.request.version}"


class Translator:
    """Catalogue and engines; one per process."""

    def __init__(self, catalogue: Catalogue, engines: Sequence[Engine] = ()) -> None:
        self.catalogue = catalogue
        self._engines = tuple(engines)

    def text_of(self, request: Request) -> str | None:
        """The source text; None for a key that the catalogue does not have, or a request without either."""
        if request.catalogue_key is None:
            return request.text
        wording = self.catalogue.find(request.catalogue_key, SOURCE)
        return wording.text if wording else None

    def memory_keys(self, request: Request) -> tuple[str, ...]:
        """Where the memory would have this request: in its own context first, then anywhere."""
        text = self.text_of(request)
        if not text:
            return ()
        slots = memory.slotted(text, names=request.names, source=normal(request.source))
        found = memory.keys(slots, source=request.source, target=request.target)
        if not request.context:
            return found
        return tuple(key for each in found for key in (memory.in_context(each, request.context), each))

    def translate(
        self,
        requests: Sequence[Request],
        *,
        remembered: Mapping[str, memory.Approved],
        signed: Signatures,
        deadline: float,
        glossary: Glossary = NO_TERMS,
        order: Order = NO_ORDER,
        budget: Budget | None = None,
    ) -> list[Outcome]:
        """One outcome per request, in order; engines are given until `deadline` (monotonic seconds)."""
        outcomes: list[Outcome | None] = [self._without_engine(each, remembered, signed) for each in requests]
        self._from_engines(requests, outcomes, deadline, glossary, order, budget or Budget())
        return [outcome or Refusal("no_text") for outcome in outcomes]

    def lets_out(self, order: Order) -> bool:
        """Whether the district has an engine that a text would leave the district for."""
        named = {*(order.use or ()), *chain.from_iterable(order.pairs.values())}
        cans = [engine.capabilities() for engine in self._engines]
        return any(can.leaves_district and can.name in named for can in cans)

    def close(self) -> None:
        for engine in self._engines:
            engine.close()

    def _without_engine(
        self, request: Request, remembered: Mapping[str, memory.Approved], signed: Signatures
    ) -> Outcome | None:
        text = self.text_of(request)
        if not text:
            return Refusal("unknown_catalogue_key" if request.catalogue_key else "no_text")
        if request.catalogue_key and (wording := self.catalogue.find(request.catalogue_key, request.target)):
            if not request.needs_person or wording.approval(signed):
                return _catalogued(wording, signed)
        elif request.catalogue_key and has_forms(text) and not same(request.source, request.target):
            return _as_source(text, "message_forms")  # an engine would translate the words `plural` and `other` too
        if same(request.source, request.target) or not has_words(text, source=normal(request.source)):
            return Translation(text, "source")
        for approved in (remembered[key] for key in self.memory_keys(request) if key in remembered):
            slots = memory.slotted(text, names=request.names, source=normal(request.source))
            found = memory.recall(approved, slots, source=normal(request.source), target=normal(request.target))
            if found is not None:
                return Translation(found, "memory", approved_by=approved.approved_by)
        if request.needs_person:
            return _as_source(text, "needs_person")
        return None

    def _from_engines(
        self,
        requests: Sequence[Request],
        outcomes: list[Outcome | None],
        deadline: float,
        glossary: Glossary,
        order: Order,
        budget: Budget,
    ) -> None:
        """Each pair's engines in turn: who fails, or gives what does not hold, is followed by the next."""
        queues: dict[int, list[Engine]] = {}
        asked: set[int] = set()
        for index, request in enumerate(requests):
            if outcomes[index] is None:
                outcomes[index] = _as_source(self.text_of(request) or "", "no_engine")
                queues[index] = order.of_pair(self._engines, (normal(request.source), normal(request.target)))
        while queues:
            drafts: list[_Draft] = []
            for index in list(queues):
                prepared = self._draft(index, requests[index], glossary, queues[index])
                if isinstance(prepared, _Draft):
                    drafts.append(prepared)
                else:
                    del queues[index]
                    outcomes[index] = outcomes[index] if index in asked else prepared or outcomes[index]
            # whoever is followed by another leaves that one some time
            share = 0.6 if any(queues.values()) else 1.0
            until = monotonic() + share * (deadline - monotonic())
            for index, outcome in self._by_engine(drafts, until, glossary, budget):
                outcomes[index] = outcome
                asked.add(index)
                if isinstance(outcome, Translation) and not outcome.labelled:
                    del queues[index]

    def _draft(
        self, index: int, request: Request, glossary: Glossary, engines: list[Engine]
    ) -> _Draft | Outcome | None:
        """For the first of `engines` that carries tokens, which are taken off the list; None: there is no other."""
        text = self.text_of(request) or ""
        unfit = False
        while engines:
            engine = engines.pop(0)
            pair = pair_of(engine, (normal(request.source), normal(request.target)))
            style = engine.token_style(*pair) if pair else None
            if pair is None or style is None:
                unfit = True
                continue
            names = request.names
            if engine.capabilities().leaves_district:
                names = (*names, *request.hidden)
            shielded = glossary.shield(unstressed(text), source=request.source, target=request.target, names=names)
            protected = protect(shielded.text, names=names, style=style, source=base(request.source))
            return _Draft(index, request, engine, pair, protected, shielded)
        return _as_source(text, "engine_unfit") if unfit else None

    def _by_engine(
        self, drafts: Sequence[_Draft], deadline: float, glossary: Glossary, budget: Budget
    ) -> list[tuple[int, Outcome]]:
        """Each masked text once per engine and pair, however many messages hold it."""
        wanted: dict[Engine, dict[tuple[tuple[str, str], str], list[_Draft]]] = defaultdict(lambda: defaultdict(list))
        for draft in drafts:
            wanted[draft.engine][draft.pair, draft.protected.masked].append(draft)
        outcomes: list[tuple[int, Outcome]] = []
        for engine, groups in wanted.items():
            segments = [
                Segment(members[0].segment_id, *pair, text, _hidden(members))
                for (pair, text), members in groups.items()
            ]
            answers = _asked(engine, segments, deadline, budget)
            for members, answer in zip(groups.values(), answers, strict=True):
                outcomes += [(draft.index, self._judged(draft, answer, glossary)) for draft in members]
        return outcomes

    def _judged(self, draft: _Draft, answer: Result | Failure, glossary: Glossary) -> Outcome:
        original = self.text_of(draft.request) or ""
        if isinstance(answer, Failure):
            return _as_source(original, f"engine_{answer.kind}")
        source, target = base(draft.pair[0]), draft.pair[1]
        try:
            translated = draft.protected.restore(
                recased(draft.protected.masked, answer.text),
                lambda token: checking.placed(token, source=source, target=target),
            )
        except ProtectionLost as lost:
            checks = checking.lost(lost.kinds)
            return replace(_as_source(original, *checks.reasons), checks=checks)
        translated = polished(translated, target)
        checks = checking.check_machine(
            draft.protected, draft.shielded.text, translated, languages=(source, target), unknown=answer.unknown_ratio
        )
        if not checks.passed:
            return replace(_as_source(original, *(checks.reasons or ("changed",))), checks=checks)
        translated = draft.shielded.restore(translated)
        if turned := _turned(original, translated, draft.shielded, (source, target)):
            return replace(_as_source(original, turned), checks=checks)
        request, hits = draft.request, len(draft.shielded.hits)
        names = [token.surface for token in draft.protected.tokens if token.kind is Kind.NAME]
        breaches = glossary.breaches(original, translated, source=request.source, target=request.target, names=names)
        if breaches:
            held = _as_source(original, *dict.fromkeys(str(breach.kind) for breach in breaches))
            return replace(held, checks=checks, glossary_hits=hits)
        return Translation(translated, answer.engine, machine=True, checks=checks, glossary_hits=hits)


def _turned(original: str, translated: str, shielded: Shielded, languages: tuple[str, str]) -> str | None:
    """What the glossary's own words have taken from the text: the checks saw its terms as placeholders only."""
    if checking.placeholders(original) != checking.placeholders(translated):
        return str(Code.PLACEHOLDER)
    for hit in shielded.hits:
        found = dangers(hit.term.term, hit.term.translation, languages=languages)
        lost = next((each.code for each in found if each.side is Side.SOURCE), None)  # "homeless" may be "sin hogar"
        if lost and any(hit.term.translation == render for render, _ in shielded.renders.values()):
            return str(lost)
    return None


def _catalogued(wording: Wording, signed: Signatures) -> Translation:
    """A draft counts as the machine's until a person of the district has signed this very wording."""
    approved = wording.approval(signed)
    return Translation(wording.text, "catalogue", machine=approved is None, approved_by=approved)


def _as_source(text: str, *reasons: str) -> Translation:
    return Translation(text, "source", labelled=True, reasons=reasons)


def _hidden(members: Sequence[_Draft]) -> tuple[str, ...]:
    """The names that no text of these may show outside the district."""
    return tuple(
        sorted({name for draft in members for name in (*draft.request.names, *draft.request.hidden) if name.strip()})
    )


def _asked(engine: Engine, segments: Sequence[Segment], deadline: float, budget: Budget) -> Sequence[Result | Failure]:
    """The engine's answers; what the month's budget has no room for is not sent."""
    can = engine.capabilities()
    allowed = budget.allows(can, segments)
    sent = [segment for segment, fits in zip(segments, allowed, strict=True) if fits]
    made = iter(engine.translate(sent, deadline=deadline, key=sent[0].id)) if sent else iter(())
    answers = [next(made) if fits else refused(segment) for segment, fits in zip(segments, allowed, strict=True)]
    budget.charge(can, answers)
    return answers
