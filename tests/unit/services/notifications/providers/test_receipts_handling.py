"""What providers say later: the ledger follows, in whatever order and however often it is said."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa

from services.notifications.channels.port import Doubtful
from services.notifications.domain.inbound import Told
from services.notifications.handlers import delivering, receipts, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import CONSENT, CONTACT, DELIVERY, DELIVERY_TRACE, SUPPRESSION
from services.notifications.tables.providers import PROVIDER_MINUTE, PROVIDER_WORD

ANA, DANIEL = "+13125550111", "daniel@example.org"


@pytest.fixture
def sent(district):
    """A note that has gone to both homes: Ana by SMS, Daniel by email."""
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.settle()
    return district


def word(district, person, state, **more):
    row = district.delivery_to(person)
    given = {"delivery_id": row["delivery_id"], "provider_ref": row["provider_ref"], "at": district.now, **more}
    return Told(channel=given.pop("channel", row["channel"]), key=given.pop("key", f"{person}:{state}"), state=state, **given)


def tell(district, *words):
    with district.transaction() as uow:
        return receipts.told(uow, district.ports, list(words))


def test_delivered_sets_when_and_says_so_once_for_the_batch(sent):
    words = [word(sent, "g-ana", "delivered"), word(sent, "g-daniel", "delivered")]
    assert tell(sent, *words) == 2
    assert {sent.delivery_to(who)["state"] for who in ("g-ana", "g-daniel")} == {"delivered"}
    assert sent.delivery_to("g-ana")["delivered_at"] == sent.now
    said = sent.told("messages_delivered")
    assert sorted((one["channel"], tuple(one["guardian_ids"])) for one in said) == [("email", ("g-daniel",)), ("sms", ("g-ana",))]


def test_the_same_word_again_is_no_news(sent):
    given = word(sent, "g-ana", "delivered")
    assert [tell(sent, given), tell(sent, given), tell(sent, given, given)] == [1, 0, 0]
    assert len(sent.told("messages_delivered")) == 1 and len(sent.rows(PROVIDER_WORD)) == 1


def test_a_word_after_weeks_still_counts(sent):
    sent.now += timedelta(days=40)
    tell(sent, word(sent, "g-ana", "delivered"))
    assert sent.delivery_to("g-ana")["state"] == "delivered"


@pytest.mark.parametrize("order", list(permutations(["accepted", "delivered", "opened", "failed"], 4))[::3])
def test_in_any_order_it_ends_opened(sent, order):
    words = {state: word(sent, "g-ana", state, how="read" if state == "opened" else None) for state in order}
    for state in order:
        tell(sent, words[state], words[state])
    row = sent.delivery_to("g-ana")
    assert (row["state"], row["opened_how"], row["opened_at"]) == ("delivered", "read", sent.now)
    assert [one["how"] for one in sent.told("message_opened")] == ["read"]


def test_a_failure_goes_to_the_next_way_and_a_second_copy_of_it_goes_nowhere(sent):
    sent.link("g-ana", "s-mateo", language="es", revision=2, sms=ANA, email="ana@example.org")
    tell(sent, word(sent, "g-ana", "failed", code="sms_30003"))
    sent.settle()
    assert len(sent.email.to("ana@example.org")) == 1
    late = Told("sms", "another", "failed", sent.now, delivery_id=sent.delivery_to("g-ana")["delivery_id"])
    tell(sent, late)
    sent.settle()
    assert len(sent.email.to("ana@example.org")) == 1
    assert sent.told("delivery_failed")[0]["error"] == "sms_30003"


def test_what_arrives_after_all_is_not_sent_by_the_next_way(sent):
    ref = sent.delivery_to("g-ana")["provider_ref"]
    tell(sent, word(sent, "g-ana", "failed", permanent=False))
    assert sent.delivery_to("g-ana")["state"] == "due"
    tell(sent, word(sent, "g-ana", "delivered", provider_ref=ref))
    sent.at(sent.now + timedelta(hours=2))
    assert sent.delivery_to("g-ana")["state"] == "delivered" and len(sent.sms.to(ANA)) == 1
    details = [row["detail"] for row in sent.rows(DELIVERY_TRACE) if row["what"] == "delivered"]
    assert details == ["by sms, the provider says after all; it was due"]


def test_a_hard_bounce_closes_the_address_and_a_soft_one_does_not(sent):
    tell(sent, word(sent, "g-daniel", "bounced", code="4.2.2", permanent=False))
    assert sent.rows(SUPPRESSION) == []
    sent.at(sent.now + timedelta(minutes=5))
    tell(sent, word(sent, "g-daniel", "bounced", code="5.1.1", key="hard"))
    (row,) = sent.rows(SUPPRESSION)
    assert (row["guardian_id"], row["channel"], row["source"], row["detail"]) == ("g-daniel", "email", "bounced", "5.1.1")
    assert sum(row["bounced"] for row in sent.rows(PROVIDER_MINUTE)) == 1


def test_a_complaint_closes_mail_and_takes_the_consent_back_yet_it_arrived(sent):
    tell(sent, word(sent, "g-daniel", "complained", code="abuse"))
    assert sent.delivery_to("g-daniel")["state"] == "delivered"
    assert [row["source"] for row in sent.rows(SUPPRESSION)] == ["complained"]
    (consent,) = sent.rows(CONSENT)
    assert (consent["guardian_id"], consent["channel"], consent["given"]) == ("g-daniel", "email", False)


def test_a_landline_and_a_stop_at_the_carrier_close_the_number(sent):
    tell(sent, word(sent, "g-ana", "failed", code="sms_30006"))
    assert [(row["channel"], row["source"], row["detail"]) for row in sent.rows(SUPPRESSION)] == [("sms", "invalid", "landline")]


def test_doubt_is_settled_as_sent_with_all_that_sending_means(district):
    district.sms.refuses[ANA] = Doubtful()
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.settle()
    assert district.delivery_to("g-ana")["state"] == "unknown"
    assert "g-ana" not in {row["guardian_id"] for row in district.rows(CONTACT)}
    tell(district, word(district, "g-ana", "accepted", provider_ref="SM7"))
    row = district.delivery_to("g-ana")
    assert (row["state"], row["provider_ref"], row["sent_at"]) == ("sent", "SM7", district.now)
    assert "g-ana" in {row["guardian_id"] for row in district.rows(CONTACT)}
    assert "g-ana" in {said["guardian_id"] for said in district.told("message_sent")}


def test_a_word_that_overtakes_the_record_waits_until_it_is_written(district):
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    overtaken = []
    carry = district.sms.carry

    def quick(batch):
        outcomes = carry(batch)
        row = district.delivery_to("g-ana")
        quick_word = Told("sms", "quick", "delivered", district.now, delivery_id=row["delivery_id"], provider_ref="ref")
        with district.transaction() as uow:
            overtaken.append(receipts.take_in(uow, [quick_word]))
        receipts.apply_words(district.transaction, district.ports)
        overtaken.append(district.delivery_to("g-ana")["state"])
        return outcomes

    district.sms.carry = quick
    district.settle()
    assert overtaken == [1, "sending"] and district.delivery_to("g-ana")["state"] == "sent"
    assert receipts.apply_words(district.transaction, district.ports) == 0
    district.now += receipts.AGAIN
    assert receipts.apply_words(district.transaction, district.ports) == 1
    assert district.delivery_to("g-ana")["state"] == "delivered"


def test_words_of_nothing_of_ours_are_kept_and_said_to_be_so(sent):
    tell(sent, Told("sms", "stray", "delivered", sent.now, delivery_id="nobody", provider_ref="SM-elsewhere"))
    (row,) = sent.rows(PROVIDER_WORD)
    assert row["outcome"] == receipts.UNMATCHED and row["applied_at"] is not None


def test_a_provider_that_knows_only_its_own_name_is_understood(sent):
    ref = sent.delivery_to("g-ana")["provider_ref"]
    tell(sent, Told("sms", "by-ref", "delivered", sent.now, provider_ref=ref))
    assert sent.delivery_to("g-ana")["state"] == "delivered"


def test_late_receipts_are_counted_against_the_account(sent):
    sent.now += timedelta(minutes=5)
    tell(sent, word(sent, "g-ana", "delivered"))
    assert sum(row["slow"] for row in sent.rows(PROVIDER_MINUTE)) == 1
    assert sum(row["told"] for row in sent.rows(PROVIDER_MINUTE)) == 1


def test_a_batch_is_a_few_statements_however_many_words_it_holds(sent):
    def statements(count):
        seen = []
        row = sent.delivery_to("g-ana")
        words = [
            Told("sms", f"{count}-{number}", "sent", sent.now, delivery_id=row["delivery_id"], provider_ref=row["provider_ref"])
            for number in range(count)
        ]
        with sent.transaction() as uow:
            sa.event.listen(uow.connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
            receipts.told(uow, sent.ports, words)
        return len(seen)

    assert statements(2) == statements(200)


def test_the_ledger_is_what_is_left(sent):
    """Nothing but the delivery named is touched."""
    before = {row["delivery_id"]: dict(row) for row in sent.rows(DELIVERY)}
    tell(sent, word(sent, "g-ana", "delivered"))
    after = {row["delivery_id"]: dict(row) for row in sent.rows(DELIVERY)}
    changed = [known for known in before if before[known] != after[known]]
    assert changed == [sent.delivery_to("g-ana")["delivery_id"]]
    assert delivering.deliver(sent.transaction, sent.ports) == 0
