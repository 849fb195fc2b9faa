"""The compiled contracts give marshmallow's verdicts and values, on right data and on wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validate

from shared.contracts import Contract, ContractError, all_contracts
from shared.contracts.compiled import Invalid, dumper, loader

CONTRACTS = all_contracts()
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(max_size=12),
    st.sampled_from(["", "x" * 121, "x" * 256, "2026-09-08", "2026-09-08T10:00:00+00:00", "2026-09-08T10:00:00", "1.5", "true"]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def wire(declared: Contract) -> dict[str, Any]:
    return declared.dump(declared.load(declared.sample))


def marshmallow_verdict(declared: Contract, data: dict[str, Any]) -> tuple[dict[str, Any] | None, set[str]]:
    try:
        return declared.schema.load(data), set()
    except ValidationError as error:
        return None, set(error.messages_dict)


def compiled_verdict(declared: Contract, data: dict[str, Any]) -> tuple[dict[str, Any] | None, set[str]]:
    try:
        return loader(declared.fields)(data), set()
    except Invalid as error:
        return None, set(str(error).split(", "))


@pytest.mark.parametrize("declared", CONTRACTS, ids=lambda declared: declared.type)
def test_both_read_the_sample_alike(declared: Contract) -> None:
    assert compiled_verdict(declared, wire(declared)) == marshmallow_verdict(declared, wire(declared))


@settings(max_examples=400)
@given(data=st.data())
def test_both_agree_when_one_field_is_something_else(data: st.DataObject) -> None:
    declared = data.draw(st.sampled_from(CONTRACTS))
    name = data.draw(st.sampled_from(sorted(declared.fields)))
    field = declared.fields[name]
    if isinstance(field, fields.Bool):  # stricter by design: a flag on the wire is a JSON boolean
        value = data.draw(st.one_of(st.booleans(), st.none()))
    else:
        value = data.draw(ODD)
    changed = wire(declared) | {name: value}
    assert compiled_verdict(declared, changed) == marshmallow_verdict(declared, changed)


@settings(max_examples=150)
@given(data=st.data())
def test_both_agree_when_fields_are_missing(data: st.DataObject) -> None:
    declared = data.draw(st.sampled_from(CONTRACTS))
    missing = data.draw(st.sets(st.sampled_from(sorted(declared.fields))))
    left = {name: value for name, value in wire(declared).items() if name not in missing}
    assert compiled_verdict(declared, left) == marshmallow_verdict(declared, left)


@pytest.mark.parametrize("declared", CONTRACTS, ids=lambda declared: declared.type)
def test_both_write_alike(declared: Contract) -> None:
    values = declared.load(declared.sample)
    known = {name: values[name] for name in declared.fields if name in values}
    assert dumper(declared.fields)(known) == {name: declared.fields[name].serialize(name, known) for name in known}


def test_a_field_of_no_plain_kind_falls_back_to_marshmallow() -> None:
    declared = {"odd": fields.Email(required=True), "range": fields.Int(strict=True, validate=validate.Range(max=3))}
    assert loader(declared)({"odd": "a@b.example", "range": 3}) == {"odd": "a@b.example", "range": 3}
    with pytest.raises(Invalid, match="^odd, range$"):
        loader(declared)({"odd": "nobody", "range": 4})


def test_an_unknown_field_is_kept_when_read_and_refused_when_said() -> None:
    declared = CONTRACTS[0]
    assert declared.load(wire(declared) | {"added_later": 1})["added_later"] == 1
    with pytest.raises(ContractError, match="no such field: mistake"):
        declared.dump(declared.load(declared.sample) | {"mistake": 1})
