"""What a worker that dies may leave in doubt is little, where the provider cannot be asked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from services.notifications.handlers import delivering, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import DELIVERY


class PowerCut(BaseException):
    """The process is gone."""


@pytest.fixture
def busy(district, monkeypatch):
    """Five texts to Ana and five mails to Daniel are due; two texts at a time may be at risk."""
    monkeypatch.setattr(delivering, "AT_RISK", 2)
    for number in range(5):
        with district.transaction() as uow:
            writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("ask", f"Trip {number}?", "s-mateo"))
    while district._translate() + district._due():
        pass
    return district


def states(district, channel):
    with district.engine.begin() as connection:
        query = sa.select(DELIVERY.c.state).where(DELIVERY.c.channel == channel)
        return sorted(connection.execute(query).scalars())


@pytest.mark.parametrize(("keeps_keys", "claimed"), [(False, 2), (True, 5)])
def test_only_a_few_are_claimed_at_a_time_from_a_provider_without_keys(busy, monkeypatch, keeps_keys, claimed):
    busy.sms.keeps_keys = keeps_keys
    first = []

    def cut(batch):
        first.append(len(batch))
        raise PowerCut

    for channel in (busy.sms, busy.email):
        monkeypatch.setattr(channel, "carry", cut)
    with pytest.raises(PowerCut):
        delivering.deliver(busy.transaction, busy.ports)
    assert states(busy, "sms") == ["due"] * (5 - claimed) + ["sending"] * claimed
    assert first == [claimed] or keeps_keys, "what nobody can be asked about goes first"


def test_in_the_end_all_have_gone_once(busy):
    busy.sms.keeps_keys = False
    busy.settle()
    assert states(busy, "sms") == ["sent"] * 5 and states(busy, "email") == ["sent"] * 5
    assert len(busy.sms.took) == 5 and len({letter.delivery_id for letter in busy.sms.took}) == 5
