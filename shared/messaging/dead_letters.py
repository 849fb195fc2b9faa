"""Dead letters: what they are, why they died, and putting them back to work.

A dead letter comes from the inbox (headers say service, district, reason), from the relay (nobody is bound to it) or
from the broker (rejected, or given out too often); for the last the reason is found again here. Nothing here opens a
sealed field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.contracts import ContractError, Lane, contract
from shared.errors import HomeroomError
from shared.ids import fingerprint
from shared.messaging import topology
from shared.messaging.envelope import Envelope, MalformedEvent, parse

WITHHELD = "[withheld]"
SEALED = "[sealed]"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`id` is short and stable: the same body dead in the same service. `tag` is the box's own."""

    id: str
    service: str
    reason: str
    fingerprint: str
    body: bytes
    headers: Mapping[str, Any]
    lane: str
    district: str | None = None
    type: str | None = None
    version: int | None = None
    event_id: str | None = None
    at: str | None = None
    attempts: int = 0
    tag: Any = None

    def __repr__(self) -> str:  # the body may be anything
        return f"<DeadLetter {self.id} {self.service} {self.type} {self.fingerprint}>"


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters that died of the same thing."""

    fingerprint: str
    service: str
    type: str | None
    reason: str
    count: int
    first: str | None
    last: str | None
    districts: tuple[str, ...]


class DeadLetterBox(Protocol):
    """A cell's dead letters, taken out for as long as it is open; what was neither replayed nor dropped goes back."""

    def letters(self) -> list[DeadLetter]: ...

    def publish(self, exchange: str, routing_key: str, letter: DeadLetter) -> None:
        """Confirmed when it returns (HomeroomError if it was not)."""
        ...

    def drop(self, letter: DeadLetter) -> None: ...

    def close(self) -> None: ...


def read(service: str, body: bytes, headers: Mapping[str, Any], *, districts: Iterable[str], tag: Any = None) -> DeadLetter:
    """Make sense of what lies in `service`'s dead-letter queue."""
    envelope: Envelope | None
    try:
        envelope, wrong = parse(body), None
    except MalformedEvent as error:
        envelope, wrong = None, str(error)
    type_ = headers.get("type") or (envelope.type if envelope else None)
    reason = str(headers.get("reason") or _diagnosis(envelope, wrong, headers, frozenset(districts)))
    return DeadLetter(
        id=fingerprint(service, body.hex()),
        service=service,
        reason=reason,
        fingerprint=str(headers.get("fingerprint") or fingerprint(service, type_ or "", reason)),
        body=body,
        headers=headers,
        lane=str(headers.get("lane") or _lane(envelope, headers)),
        district=envelope.district if envelope else None,
        type=type_,
        version=envelope.version if envelope else None,
        event_id=envelope.id if envelope else None,
        at=headers.get("dead_at") or (str(envelope.attributes["time"]) if envelope else None),
        attempts=int(headers.get("attempts") or _deaths(headers).get("count") or 0),
        tag=tag,
    )


def groups(letters: Sequence[DeadLetter]) -> list[Group]:
    """By fingerprint, the largest first."""
    by_fingerprint: dict[str, list[DeadLetter]] = {}
    for letter in letters:
        by_fingerprint.setdefault(letter.fingerprint, []).append(letter)
    found = [_group(alike) for alike in by_fingerprint.values()]
    return sorted(found, key=lambda group: (-group.count, group.fingerprint))


def describe(letter: DeadLetter) -> dict[str, Any]:
    """For a person: attributes and clear fields; never a sealed field, nor a field that no contract declares clear."""
    shown: dict[str, Any] = {
        name: getattr(letter, name)
        for name in ("id", "service", "district", "type", "version", "event_id", "lane", "reason", "fingerprint")
    }
    shown |= {"at": letter.at, "attempts": letter.attempts, "bytes": len(letter.body), "replayable": refusal(letter) is None}
    try:
        envelope = parse(letter.body)
    except MalformedEvent as error:
        return shown | {"malformed": str(error), "data": WITHHELD}
    shown["correlation_id"] = envelope.attributes.get("correlationid")
    shown["data"] = _clear_data(envelope)
    return shown


def refusal(letter: DeadLetter, districts: Iterable[str] | None = None) -> HomeroomError | None:
    """Why replaying it cannot help; None when it can be tried."""
    try:
        envelope = parse(letter.body)
    except MalformedEvent as error:
        return HomeroomError("dlq.malformed", f"{letter.id}: {error}", "mend its sender, then discard it")
    try:
        contract(envelope.type, envelope.version)
    except ContractError as error:
        return HomeroomError("dlq.unknown_version", f"{letter.id}: {error}", "deploy the version that knows it first")
    if districts is not None and envelope.district not in set(districts):
        return HomeroomError("dlq.unknown_district", f"{letter.id}: district {envelope.district} is not in this cell",
                             "add it to the cell file, or discard it")  # fmt: skip
    return None


def destination(letter: DeadLetter) -> tuple[str, str]:
    """Exchange and key: the service's own lane, so that nobody else hears it again; for the relay's, its first way."""
    if letter.service == topology.RELAY_DEAD:
        return topology.EXCHANGE, f"{letter.lane}.{letter.type}"
    return "", topology.queue_name(letter.service, Lane(letter.lane))


def replay(
    box: DeadLetterBox,
    letters: Sequence[DeadLetter],
    *,
    note: Callable[[DeadLetter], None],
    pause: Callable[[float], object],
    rate: float,
) -> int:
    """Publish, note in the audit log, drop the dead letter, in that order: a crash in between leads to a second
    delivery, which the inbox knows, never to a loss. At most `rate` a second."""
    for number, letter in enumerate(letters):
        if number:
            pause(1.0 / rate)
        box.publish(*destination(letter), letter)
        note(letter)
        box.drop(letter)
    return len(letters)


def _group(alike: Sequence[DeadLetter]) -> Group:
    times = sorted(letter.at for letter in alike if letter.at)
    first = alike[0]
    return Group(
        fingerprint=first.fingerprint,
        service=first.service,
        type=first.type,
        reason=first.reason,
        count=len(alike),
        first=times[0] if times else None,
        last=times[-1] if times else None,
        districts=tuple(sorted({letter.district for letter in alike if letter.district})),
    )


def _diagnosis(
    envelope: Envelope | None, wrong: str | None, headers: Mapping[str, Any], districts: frozenset[str]
) -> str:
    """What the broker cannot say: it knows `rejected` or `delivery_limit`, and no more."""
    if envelope is None:
        return f"malformed: {wrong}"
    if envelope.district not in districts:
        return "unknown district: it is not in this cell"
    death = _deaths(headers)
    if death.get("reason") == "delivery_limit":
        return "delivery_limit: given out again and again without an end"
    return f"{death.get('reason', 'rejected')} by the consumer"


def _lane(envelope: Envelope | None, headers: Mapping[str, Any]) -> str:
    queue = str(_deaths(headers).get("queue", ""))
    known = {lane.value for lane in Lane}
    for candidate in (queue.rpartition(".")[2], envelope.attributes.get("lane") if envelope else None):
        if candidate in known:
            return str(candidate)
    return Lane.NORMAL.value


def _deaths(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    deaths = headers.get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], Mapping) else {}


def _clear_data(envelope: Envelope) -> dict[str, Any] | str:
    try:
        declared = contract(envelope.type, envelope.version)
    except ContractError:
        return WITHHELD
    shown: dict[str, Any] = {}
    for name, value in envelope.attributes["data"].items():
        if name in declared.sealed:
            # a declared sealed field that came in clear is exactly what must not be printed
            shown[name] = SEALED if isinstance(value, Mapping) and "sealed" in value else WITHHELD
        else:
            shown[name] = value if name in declared.fields else WITHHELD
    return shown
