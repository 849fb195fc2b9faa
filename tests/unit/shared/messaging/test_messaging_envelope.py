"""The envelope: what goes in comes out, sealed on the way; what is wrong is named and never quoted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import ContractError, Lane, all_contracts
from shared.messaging.envelope import Event, MalformedEvent, decode, encode, new_event, parse
from shared.observability.trace import continuing
from shared.privacy.keyring import Keyring, SealBroken, new_master_key

NOW = datetime(2026, 9, 8, 14, 0, tzinfo=UTC)
CONTRACTS = all_contracts()


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring.load_or_create(tmp_path_factory.mktemp("keys") / "keyring.json", new_master_key())


def sample(type_: str, **more: Any) -> Any:
    declared = next(c for c in CONTRACTS if c.type == type_)
    return new_event(type_, declared.load(declared.sample), district="metro", source="directory", now=NOW, **more)


@given(
    declared=st.sampled_from(CONTRACTS),
    school=st.none() | st.text(min_size=1, max_size=20),
    subject=st.none() | st.text(min_size=1, max_size=20),
    lane=st.sampled_from(Lane),
    expires=st.none() | st.integers(1, 10_000),
)
def test_every_event_comes_out_as_it_went_in(
    vault: Keyring, declared: Any, school: str | None, subject: str | None, lane: Lane, expires: int | None
) -> None:
    event = Event(
        type=declared.type,
        version=declared.version,  # an older one too: it may still be under way
        data=declared.load(declared.sample),
        district="metro",
        source="/homeroom/test",
        time=NOW,
        school=school,
        subject=subject,
        lane=lane,
        expires_at=expires and NOW + timedelta(seconds=expires),
    )
    assert decode(encode(event, vault), vault) == event


@given(name=st.text(min_size=3, max_size=60).filter(lambda text: text.strip() and not text.isdigit()))
def test_a_sealed_field_cannot_be_read_on_the_wire(vault: Keyring, name: str) -> None:
    declared = next(c for c in CONTRACTS if c.type == "district.student_enrolled")
    data = {**declared.load(declared.sample), "name": {"given_name": f"Qx{name}", "family_name": "Zwetschgen"}}
    event = new_event(declared.type, data, district="metro", source="directory", now=NOW)
    body = encode(event, vault)
    assert b"Zwetschgen" not in body
    assert f"Qx{name}".encode() not in body
    assert decode(body, vault).data["name"] == data["name"]
    assert name not in repr(event)


def test_a_sealed_field_cannot_be_moved_to_another_event(vault: Keyring) -> None:
    one, other = (orjson.loads(encode(sample("district.student_enrolled"), vault)) for _ in range(2))
    other["data"]["name"] = one["data"]["name"]
    with pytest.raises(SealBroken):
        decode(orjson.dumps(other), vault)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_reason_and_no_other_error(raw: bytes) -> None:
    with pytest.raises(MalformedEvent) as refused:
        parse(raw)
    assert str(refused.value)


@pytest.mark.parametrize("name", ["specversion", "id", "type", "districtid", "dataschema", "time", "source", "data"])
def test_a_missing_attribute_is_named(vault: Keyring, name: str) -> None:
    attributes = orjson.loads(encode(sample("district.grade_recorded"), vault))
    del attributes[name]
    with pytest.raises(MalformedEvent, match=name):
        parse(orjson.dumps(attributes))


@pytest.mark.parametrize(
    ("name", "value"),
    [("lane", "hurried"), ("expirytime", "soon"), ("time", "2026-09-08T14:00:00"), ("dataschema", "urn:else:1")],
)
def test_a_wrong_attribute_is_named_and_not_quoted(vault: Keyring, name: str, value: str) -> None:
    attributes = orjson.loads(encode(sample("district.grade_recorded"), vault)) | {name: value}
    with pytest.raises(MalformedEvent, match=name) as refused:
        decode(orjson.dumps(attributes), vault)
    assert value not in str(refused.value)


def test_data_that_breaks_its_contract_names_the_field_and_not_its_value(vault: Keyring) -> None:
    declared = next(c for c in CONTRACTS if c.type == "district.grade_recorded")
    wrong = {**declared.load(declared.sample), "score_pct": "secret-value"}
    with pytest.raises(ContractError) as refused:
        encode(new_event(declared.type, wrong, district="metro", source="directory", now=NOW), vault)
    assert "secret-value" not in str(refused.value)


def test_what_caused_an_event_lends_its_correlation(vault: Keyring) -> None:
    first = sample("district.grade_recorded")
    second = sample("district.grade_recorded", cause=first)
    third = sample("district.grade_recorded", cause=second)
    assert (third.causation_id, third.correlation_id) == (second.id, first.id)


def test_keys_of_a_district_that_is_gone_open_nothing(tmp_path: Path) -> None:
    vault = Keyring.load_or_create(tmp_path / "keyring.json", new_master_key())
    body = encode(sample("district.student_enrolled"), vault)
    vault.destroy("metro")
    with pytest.raises(Exception, match="destroyed"):
        decode(body, vault)


def test_an_event_carries_the_trace_of_the_request_it_began_in_and_hands_it_on() -> None:
    with continuing(None) as span:
        first = sample("district.grade_recorded")
    then = sample("district.grade_recorded", cause=first)
    assert span.trace_id in str(first.traceparent)
    assert then.traceparent == first.traceparent
    assert span.trace_id not in str(sample("district.grade_recorded").traceparent)
