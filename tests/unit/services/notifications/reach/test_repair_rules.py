"""Why somebody is not reached, and what helps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.consent import Source
from services.notifications.domain.repair import TRIES, Action, Block, Contact, Reason, judge

CHANNELS = st.frozensets(st.sampled_from(("sms", "email", "voice", "whatsapp", "push")))
BLOCKS = st.dictionaries(
    st.sampled_from(("sms", "email", "voice", "whatsapp", "push")),
    st.builds(Block, st.sampled_from(Source), st.sampled_from((None, "landline", "5.1.1", "wrong_number"))),
)


def _contact(**known) -> Contact:
    return Contact(**({"channels": frozenset({"sms"})} | known))


@pytest.mark.parametrize(("contact", "reason"), [
    (Contact(), Reason.NO_CONTACT),
    (_contact(blocks={"sms": Block(Source.INVALID, "landline")}), Reason.LANDLINE),
    (_contact(blocks={"sms": Block(Source.INVALID, "30006")}), Reason.LANDLINE),
    (_contact(blocks={"sms": Block(Source.INVALID, "wrong_number")}), Reason.WRONG_NUMBER),
    (_contact(blocks={"sms": Block(Source.CARRIER)}), Reason.BLOCKED),
    (_contact(blocks={"sms": Block(Source.STOP)}), Reason.STOPPED),
    (Contact(channels=frozenset({"email"}), blocks={"email": Block(Source.BOUNCED, "5.1.1")}), Reason.BOUNCED),
    (Contact(channels=frozenset({"email"}), blocks={"email": Block(Source.COMPLAINED)}), Reason.COMPLAINED),
    (_contact(tries=TRIES, last_error="sms: sms_30003"), Reason.SWITCHED_OFF),
    (_contact(tries=TRIES, ever=True), Reason.INACTIVE),
    (_contact(tries=TRIES), Reason.NEVER_CONFIRMED),
])  # fmt: skip
def test_each_reason_from_its_facts(contact, reason):
    assert judge(contact).reason is reason


@pytest.mark.parametrize("contact", [
    _contact(), _contact(tries=TRIES - 1), _contact(tries=9, reached=1), _contact(tries=9, answers=True),
    Contact(channels=frozenset({"sms", "email"}), blocks={"sms": Block(Source.CARRIER)}),
])  # fmt: skip
def test_who_is_reached_or_hardly_tried_is_left_alone(contact):
    assert judge(contact) is None


@pytest.mark.parametrize(("known", "action"), [
    ({"has_phone": True}, Action.CALL_HOME),
    ({"has_phone": True, "blocks": {"sms": Block(Source.STOP), "voice": Block(Source.STOP)}}, Action.RESPECT),
    ({"elsewhere": True}, Action.CHECK_SIBLING_SCHOOL),
    ({}, Action.ASK_AT_PICKUP),
    ({"lives_with": False}, Action.LETTER_WITH_FORM),
])  # fmt: skip
def test_the_next_step_is_the_one_most_likely_to_help(known, action):
    assert judge(_contact(**({"blocks": {"sms": Block(Source.CARRIER)}} | known))).action is action


@given(CHANNELS, BLOCKS, st.integers(0, 9), st.booleans(), st.booleans())
def test_whoever_has_no_open_way_is_always_on_the_list(channels, blocks, tries, ever, phone):
    found = judge(Contact(channels=channels, blocks=blocks, tries=tries, ever=ever, has_phone=phone))
    if not channels - blocks.keys():
        assert found is not None
    elif tries < TRIES:
        assert found is None


@given(CHANNELS, BLOCKS, st.booleans())
def test_a_wish_to_be_left_alone_is_never_answered_with_a_call(channels, blocks, phone):
    found = judge(Contact(channels=channels, blocks=blocks, has_phone=phone))
    if found is not None and found.reason in (Reason.STOPPED, Reason.COMPLAINED):
        assert found.action is Action.RESPECT
