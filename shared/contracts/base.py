"""What an event contract is, and the field kinds that contracts are written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from shared.contracts.compiled import Invalid, Wrapping, dumper, loader

SERVICES = {"N": "notifications", "S": "scheduling", "V": "surveys", "T": "translation", "A": "audit"}


class Lane(StrEnum):
    """How urgent an event is; each lane is a queue of its own, so that urgent never waits behind bulk."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"


class ContractError(ValueError):
    """Data that does not keep its contract; names fields, never values."""


class Sealed(Wrapping):
    """A field that names, reaches or quotes a person: readable in handlers, AES-GCM on the wire.

    `inner` describes the plain value; it is JSON before it is sealed.
    """

    def __init__(self, inner: fields.Field[Any] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("required", not kwargs.get("allow_none"))
        if kwargs.get("allow_none"):
            kwargs.setdefault("load_default", None)
        super().__init__(**kwargs)
        self.inner = inner or fields.Str()

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return self.inner._serialize(value, attr, obj, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return self.inner.deserialize(value, attr, data)


@dataclass(frozen=True, eq=False)
class Contract:
    """One version of one event type."""

    type: str
    version: int
    fields: Mapping[str, fields.Field[Any]]
    consumers: tuple[str, ...]
    lane: Lane
    sample: Mapping[str, Any]
    purpose: str

    @property
    def producer(self) -> str:
        namespace = self.type.split(".", 1)[0]
        return "directory" if namespace == "district" else namespace

    @property
    def audited(self) -> bool:
        return "audit" in self.consumers

    @cached_property
    def sealed(self) -> tuple[str, ...]:
        """Names of the fields that never travel in clear."""
        return tuple(name for name, field in self.fields.items() if isinstance(field, Sealed))

    @cached_property
    def schema(self) -> Schema:
        """The marshmallow schema: the definition, for documents and for whoever wants its messages."""
        built: Schema = Schema.from_dict(dict(self.fields), name=self.type)(unknown=INCLUDE)
        return built

    @cached_property
    def _load(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        return loader(self.fields)

    @cached_property
    def _dump(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        return dumper(self.fields)

    def dump(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Plain JSON types for `data`, validated (ContractError names the fields at fault)."""
        unknown = data.keys() - self.fields.keys()
        if unknown:
            raise ContractError(f"{self.type}: no such field: {', '.join(sorted(unknown))}")
        try:
            dumped = self._dump(data)
        except (AttributeError, TypeError, ValueError):
            raise ContractError(f"{self.type} v{self.version}: a field is of the wrong type") from None
        self.load(dumped)
        return dumped

    def load(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Python values for wire `data`; a field this version does not know is kept as it is."""
        try:
            return self._load(data)
        except Invalid as error:
            raise ContractError(f"{self.type} v{self.version}: bad field: {error}") from None


def event(
    type_: str,
    consumers: str,
    fields_: Mapping[str, fields.Field[Any]],
    *,
    sample: Mapping[str, Any],
    purpose: str,
    lane: Lane = Lane.NORMAL,
    version: int = 1,
) -> Contract:
    """Declare a contract; `consumers` in the letters of `SERVICES`, e.g. "N S A"."""
    names = tuple(SERVICES[letter] for letter in consumers.split())
    return Contract(type_, version, fields_, names, lane, sample, purpose)


def ident(**kwargs: Any) -> fields.Str:
    """An id: a roster sourcedId or a UUID."""
    kwargs.setdefault("required", not kwargs.get("allow_none"))
    if kwargs.get("allow_none"):
        kwargs.setdefault("load_default", None)
    return fields.Str(validate=validate.Length(min=1, max=255), **kwargs)


def idents() -> fields.List[Any]:
    return fields.List(fields.Str(validate=validate.Length(min=1, max=255)), required=True)


def word(*choices: str, **kwargs: Any) -> fields.Str:
    """A closed value (when `choices` are given) or a short technical token."""
    kwargs.setdefault("required", not kwargs.get("allow_none"))
    if kwargs.get("allow_none"):
        kwargs.setdefault("load_default", None)
    checks: Any = validate.OneOf(choices) if choices else validate.Length(max=120)
    return fields.Str(validate=checks, **kwargs)


def words(*choices: str) -> fields.List[Any]:
    return fields.List(word(*choices), required=True)


def instant(**kwargs: Any) -> fields.AwareDateTime:
    kwargs.setdefault("required", not kwargs.get("allow_none"))
    if kwargs.get("allow_none"):
        kwargs.setdefault("load_default", None)
    return fields.AwareDateTime(format="iso", **kwargs)


def day(**kwargs: Any) -> fields.Date:
    kwargs.setdefault("required", not kwargs.get("allow_none"))
    if kwargs.get("allow_none"):
        kwargs.setdefault("load_default", None)
    return fields.Date(format="iso", **kwargs)


def integer(**kwargs: Any) -> fields.Int:
    kwargs.setdefault("required", not kwargs.get("allow_none"))
    if kwargs.get("allow_none"):
        kwargs.setdefault("load_default", None)
    return fields.Int(strict=True, **kwargs)


def number(**kwargs: Any) -> fields.Float:
    kwargs.setdefault("required", not kwargs.get("allow_none"))
    if kwargs.get("allow_none"):
        kwargs.setdefault("load_default", None)
    return fields.Float(**kwargs)


def flag(**kwargs: Any) -> fields.Bool:
    kwargs.setdefault("required", "load_default" not in kwargs)
    return fields.Bool(**kwargs)
