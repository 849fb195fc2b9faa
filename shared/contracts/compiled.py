"""Contracts, compiled: the same verdicts as marshmallow, at a fifth of its cost per event.

marshmallow stays the definition (and the fallback for any field that is not of a plain kind); this turns the plain
kinds into direct checks. `tests/unit/shared/contracts` compares the two on generated data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import RAISE, ValidationError, fields, missing, validate

Loader = Callable[[Any], Any]
_MISSING = object()


class Wrapping(fields.Field[Any]):
    """A field that is just like its `inner` one, but for what is done with it elsewhere."""

    inner: fields.Field[Any]


class Invalid(ValueError):
    """Names fields, never values."""


def loader(declared: Mapping[str, fields.Field[Any]]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from wire data to Python values; raises Invalid with the names of the fields at fault."""
    steps = [(name, _loader_of(field), field) for name, field in declared.items()]
    names = frozenset(declared)

    def load(data: Mapping[str, Any]) -> dict[str, Any]:
        loaded: dict[str, Any] = {}
        bad: list[str] = []
        for name, step, field in steps:
            value = data.get(name, _MISSING)
            if value is _MISSING:
                if field.required:
                    bad.append(name)
                elif field.load_default is not missing:
                    default = field.load_default
                    loaded[name] = default() if callable(default) else default
                continue
            if value is None:
                if field.allow_none:
                    loaded[name] = None
                else:
                    bad.append(name)
                continue
            try:
                loaded[name] = step(value)
            except (ValueError, TypeError, OverflowError, ValidationError):  # the last is no ValueError in marshmallow 4
                bad.append(name)
        if bad:
            raise Invalid(", ".join(bad))
        for name in data.keys() - names:
            loaded[name] = data[name]  # an unknown field is kept
        return loaded

    return load


def dumper(declared: Mapping[str, fields.Field[Any]]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from Python values to plain JSON types; most fields hold such a value already and are only taken over."""
    names = tuple(declared)
    steps = [(name, step) for name, field in declared.items() if (step := _dumper_of(field)) is not None]

    def dump(data: Mapping[str, Any]) -> dict[str, Any]:
        dumped = {name: data[name] for name in names if name in data}
        for name, step in steps:
            if dumped.get(name) is not None:
                dumped[name] = step(dumped[name])
        return dumped

    return dump


def _loader_of(field: fields.Field[Any]) -> Loader:
    if isinstance(field, Wrapping) and not field.validators:
        return _wrapping_loader(field)
    if type(field) is fields.List and not field.validators and not field.inner.allow_none:
        return _list_loader(field)
    if type(field) is fields.Nested and not field.validators and _is_plain(field):
        return _nested_loader(field)
    plain = _PLAIN.get(type(field))
    if plain is None or (type(field) is fields.Int and not field.strict):
        return _by_marshmallow(field)
    checks = [_check_of(check) for check in field.validators]
    if not checks:
        return plain
    if len(checks) == 1:
        only = checks[0]
        return lambda value: only(plain(value))

    def load(value: Any) -> Any:
        value = plain(value)
        for check in checks:
            check(value)
        return value

    return load


def _list_loader(field: fields.List[Any]) -> Loader:
    step, other = _loader_of(field.inner), _by_marshmallow(field)

    def load(value: Any) -> Any:
        return [step(each) for each in value] if type(value) is list else other(value)

    return load


def _wrapping_loader(field: Wrapping) -> Loader:
    inner = field.inner
    step, none_too = _loader_of(inner), inner.allow_none

    def load(value: Any) -> Any:
        if value is None and not none_too:
            raise ValueError
        return None if value is None else step(value)

    return load


def _is_plain(field: fields.Nested) -> bool:
    """Fields of their own names, unknown ones refused, and nothing that runs before or after."""
    schema = field.schema
    inner = schema.fields.values()
    renamed = any(each.data_key is not None or each.attribute is not None for each in inner)
    strict = schema.unknown == RAISE and field.unknown in (None, RAISE)
    return strict and not (schema.many or any(schema._hooks.values()) or renamed)


def _nested_loader(field: fields.Nested) -> Loader:
    declared = field.schema.fields
    load_known, names = loader(declared), frozenset(declared)

    def load(value: Any) -> Any:
        if type(value) is not dict or value.keys() - names:
            raise ValueError
        return load_known(value)

    return load


def _by_marshmallow(field: fields.Field[Any]) -> Loader:
    def load(value: Any) -> Any:
        return field.deserialize(value)

    return load


def _check_of(check: Any) -> Loader:
    if type(check) is validate.OneOf and all(isinstance(choice, str) for choice in check.choices):
        choices = frozenset(check.choices)

        def one_of(value: Any) -> Any:
            if value not in choices:
                raise ValueError
            return value

        return one_of
    if type(check) is validate.Length and check.equal is None:
        least, most = check.min or 0, check.max if check.max is not None else float("inf")

        def length(value: Any) -> Any:
            if not least <= len(value) <= most:
                raise ValueError
            return value

        return length

    def other(value: Any) -> Any:
        check(value)
        return value

    return other


def _str(value: Any) -> str:
    if type(value) is not str:
        raise ValueError
    return value


def _float(value: Any) -> float:
    """As marshmallow: numbers and numeric text, but neither NaN nor infinity."""
    if value is True or value is False:
        raise ValueError
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError
    return number


def _int(value: Any) -> int:
    if type(value) is not int:
        raise ValueError
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _instant(value: Any) -> datetime:
    parsed = datetime.fromisoformat(_str(value))
    if parsed.tzinfo is None:
        raise ValueError
    return parsed


def _day(value: Any) -> date:
    text = _str(value)
    if len(text) != 10:
        raise ValueError
    return date.fromisoformat(text)


_PLAIN: dict[type, Loader] = {
    fields.Str: _str,
    fields.String: _str,
    fields.Float: _float,
    fields.Int: _int,
    fields.Integer: _int,
    fields.Bool: _bool,
    fields.Boolean: _bool,
    fields.AwareDateTime: _instant,
    fields.Date: _day,
}


def _dumper_of(field: fields.Field[Any]) -> Loader | None:
    """What makes plain JSON of a value that is not None; None where the value stays as it is."""
    if isinstance(field, Wrapping):
        return _dumper_of(field.inner)
    if type(field) in (fields.AwareDateTime, fields.Date):
        return lambda value: value.isoformat()
    if type(field) in (fields.Str, fields.String, fields.Int, fields.Integer, fields.Bool, fields.Boolean):
        return None
    if type(field) is fields.Float:
        return float
    if type(field) is fields.List:
        return _list_dumper(_dumper_of(field.inner))
    if type(field) is fields.Nested and _is_plain(field):
        return dumper(field.schema.fields)
    return lambda value: field._serialize(value, None, None)


def _list_dumper(each_of: Loader | None) -> Loader:
    if each_of is None:
        return list
    return lambda value: [None if each is None else each_of(each) for each in value]
