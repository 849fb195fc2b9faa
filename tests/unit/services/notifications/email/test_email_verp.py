"""Token addresses name a delivery, and nobody but us can make one."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.email.verp import KINDS, About, read, token

KEY, OTHER = b"k" * 20, b"o" * 20
DISTRICTS = ("riverside", "lakeside")


@given(delivery=st.uuids(), district=st.sampled_from(DISTRICTS), kind=st.sampled_from(KINDS), upper=st.booleans())
def test_an_address_says_which_delivery_in_which_district(delivery, district, kind, upper):
    local = f"{kind}+{token(KEY, district, str(delivery))}"
    assert len(local) <= 64
    address = f"<{local.upper() if upper else local}@replies.example.org>"
    assert read(address, [OTHER, KEY], DISTRICTS) == About(kind, district, str(delivery))


@given(delivery=st.uuids(), at=st.integers(0, 55))
def test_one_digit_changed_says_nothing(delivery, at):
    made = token(KEY, "riverside", str(delivery))
    changed = made[:at] + ("0" if made[at] != "0" else "1") + made[at + 1 :]
    assert read(f"reply+{changed}@x.org", [KEY], DISTRICTS) is None


@given(st.text())
def test_whatever_else_comes_says_nothing(text):
    assert read(text, [KEY], DISTRICTS) is None
    assert read(f"reply+{text}@x.org", [KEY], DISTRICTS) is None


def test_another_cells_district_and_another_key_say_nothing():
    made = token(KEY, "hillside", str(uuid.uuid4()))
    assert read(f"reply+{made}@x.org", [KEY], DISTRICTS) is None
    mine = token(KEY, "riverside", str(uuid.uuid4()))
    assert read(f"reply+{mine}@x.org", [OTHER], DISTRICTS) is None and read(f"reply+{mine}@x.org", [], DISTRICTS) is None


@pytest.mark.parametrize("delivery", ["", "d1", "zz", "0198c0de"])
def test_an_id_that_is_no_uuid_has_no_token(delivery):
    assert token(KEY, "riverside", delivery) is None
