"""The envelope: CloudEvents 1.0 in structured JSON, with personal fields sealed.

On AMQP 0-9-1 there is no CloudEvents binding, so the structured form travels as the body, `application/cloudevents+json`,
with the event's id as `message_id`. Extensions: districtid, schoolid, partitionkey, correlationid, causationid,
traceparent, expirytime, lane.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from shared.contracts import Contract, ContractError, Lane, contract, latest
from shared.ids import new_id
from shared.observability.trace import outgoing

CONTENT_TYPE = "application/cloudevents+json"
_SCHEMA = "urn:homeroom:event:"


class MalformedEvent(ValueError):
    """A body that is not one of our events; says what is wrong, never what it holds."""


class Vault(Protocol):
    """What sealing needs; `shared.privacy.keyring.Keyring` is one."""

    def seal(self, district: str, plaintext: bytes, *, aad: bytes) -> Any: ...

    def open(self, district: str, sealed: Mapping[str, str], *, aad: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `data` holds Python values, sealed fields in the clear."""

    type: str
    version: int
    district: str
    data: Mapping[str, Any]
    time: datetime
    source: str
    lane: Lane
    id: str = field(default_factory=new_id)
    school: str | None = None
    subject: str | None = None
    partition_key: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    expires_at: datetime | None = None

    def __repr__(self) -> str:  # `data` may name a person: it stays out of every log line and traceback
        return f"<{self.type} v{self.version} {self.id} district={self.district}>"

    @property
    def routing_key(self) -> str:
        return f"{self.lane}.{self.type}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A body whose attributes were read but whose data was not opened."""

    id: str
    type: str
    version: int
    district: str
    attributes: Mapping[str, Any] = field(repr=False)


def _aad(district: str, event_id: str, type_: str, name: str) -> bytes:
    """Binds a sealed field to its event, so that it cannot be moved to another."""
    return "|".join((district, event_id, type_, name)).encode()


def encode(event: Event, vault: Vault) -> bytes:
    """The wire body; ContractError if `data` does not keep its contract."""
    declared = contract(event.type, event.version)
    data = declared.dump(event.data)
    for name in declared.sealed:
        if data.get(name) is not None:
            sealed = vault.seal(
                event.district, orjson.dumps(data[name]), aad=_aad(event.district, event.id, event.type, name)
            )
            data[name] = {"sealed": sealed.to_json()}
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time.astimezone(UTC).isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"{_SCHEMA}{event.type}:{event.version}",
        "districtid": event.district,
        "lane": event.lane.value,
    }
    optional = {
        "subject": event.subject,
        "schoolid": event.school,
        "partitionkey": event.partition_key,
        "correlationid": event.correlation_id,
        "causationid": event.causation_id,
        "traceparent": event.traceparent,
        "expirytime": event.expires_at and event.expires_at.astimezone(UTC).isoformat(),
    }
    attributes.update({name: value for name, value in optional.items() if value is not None})
    attributes["data"] = data
    return orjson.dumps(attributes)


def parse(body: bytes) -> Envelope:
    """Read the attributes that routing needs (MalformedEvent says which is missing or wrong)."""
    try:
        attributes = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedEvent("body is not JSON") from None
    if not isinstance(attributes, dict):
        raise MalformedEvent("body is not a JSON object")
    if attributes.get("specversion") != "1.0":
        raise MalformedEvent("not CloudEvents 1.0 (specversion)")
    for name in ("id", "type", "districtid", "dataschema", "time", "source"):
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise MalformedEvent(f"attribute {name} is missing or not a string")
        if "\0" in attributes[name]:  # PostgreSQL keeps no such text: the event could not even be set aside
            raise MalformedEvent(f"attribute {name} has a NUL character")
    if not isinstance(attributes.get("data"), dict):
        raise MalformedEvent("attribute data is missing or not an object")
    prefix, _, version = attributes["dataschema"].rpartition(":")
    if prefix != f"{_SCHEMA}{attributes['type']}" or not version.isdigit():
        raise MalformedEvent("attribute dataschema does not fit the type")
    return Envelope(attributes["id"], attributes["type"], int(version), attributes["districtid"], attributes)


def open_envelope(envelope: Envelope, vault: Vault) -> Event:
    """Open the sealed fields and check the contract (ContractError, MalformedEvent, or the vault's error)."""
    attributes = envelope.attributes
    declared = contract(envelope.type, envelope.version)
    data = dict(attributes["data"])
    for name in declared.sealed:
        value = data.get(name)
        if value is None:
            continue
        if not isinstance(value, dict) or "sealed" not in value:
            raise ContractError(f"{envelope.type}: field {name} travels in clear")
        aad = _aad(envelope.district, envelope.id, envelope.type, name)
        data[name] = orjson.loads(vault.open(envelope.district, value["sealed"], aad=aad))
    return Event(
        type=envelope.type,
        version=envelope.version,
        district=envelope.district,
        data=declared.load(data),
        time=_instant(attributes, "time"),
        source=attributes["source"],
        lane=_lane(attributes, declared),
        id=envelope.id,
        school=attributes.get("schoolid"),
        subject=attributes.get("subject"),
        partition_key=attributes.get("partitionkey"),
        correlation_id=attributes.get("correlationid"),
        causation_id=attributes.get("causationid"),
        traceparent=attributes.get("traceparent"),
        expires_at=_instant(attributes, "expirytime") if attributes.get("expirytime") else None,
    )


def decode(body: bytes, vault: Vault) -> Event:
    """`parse` and `open_envelope` in one."""
    return open_envelope(parse(body), vault)


def new_event(
    type_: str,
    data: Mapping[str, Any],
    *,
    district: str,
    source: str,
    now: datetime,
    school: str | None = None,
    subject: str | None = None,
    partition_key: str | None = None,
    cause: Event | None = None,
    lane: Lane | None = None,
    expires_at: datetime | None = None,
    event_id: str | None = None,
) -> Event:
    """A new event of the type's latest version; what caused it, an event or a request, lends its trace."""
    declared = latest(type_)
    identity = event_id or new_id()
    return Event(
        type=type_,
        version=declared.version,
        district=district,
        data=data,
        time=now,
        source=f"/homeroom/{source}",
        lane=lane or declared.lane,
        id=identity,
        school=school,
        subject=subject,
        partition_key=partition_key,
        correlation_id=(cause.correlation_id or cause.id) if cause else identity,
        causation_id=cause.id if cause else None,
        traceparent=(cause.traceparent if cause else None) or outgoing(),
        expires_at=expires_at,
    )


def _instant(attributes: Mapping[str, Any], name: str) -> datetime:
    try:
        value = datetime.fromisoformat(attributes[name])
    except (TypeError, ValueError):
        raise MalformedEvent(f"attribute {name} is not a timestamp") from None
    if value.tzinfo is None:
        raise MalformedEvent(f"attribute {name} has no time zone")
    return value


def _lane(attributes: Mapping[str, Any], declared: Contract) -> Lane:
    try:
        return Lane(attributes.get("lane", declared.lane))
    except ValueError:
        raise MalformedEvent("attribute lane is unknown") from None
