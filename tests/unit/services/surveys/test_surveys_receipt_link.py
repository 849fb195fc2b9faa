"""What the holder of a survey's link may see and do after the answer: this response, and nothing else of the guardian."""

from __future__ import annotations

import re

import pytest

from tests.unit.services.surveys.surveyhouse import SENT, House
from tests.unit.services.surveys.surveykinds import put_to

HTML = {"Accept": "text/html"}


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def receipt(house: House, link: str, **answers: object) -> str:
    """The page after the answer."""
    assert house.anyone().post(link, json={"answers": answers}).status_code == 200
    return str(house.anyone().get(f"{link}?lang=en").text)


def changes_of(page: str) -> str:
    """The address of what the response has changed."""
    found = re.search(r'href="(/surveys/changes/[^"?#/]+)', page)
    assert found is not None
    return found[1]


def test_a_form_found_in_a_school_bag_opens_no_earlier_answer_and_no_other_wish(sent: House) -> None:
    earlier = put_to(sent, "g-ana")
    assert sent.anyone().post(earlier, json={"answers": {"story": {"text": "a family matter"}}}).status_code == 200
    page = receipt(sent, sent.link("g-ana"), contact_frequency={"values": ["weekly"]})
    assert "/surveys/preferences/" not in page
    changes = changes_of(page)
    own = sent.anyone().get(f"{changes}/answers", headers=HTML).text
    assert "a family matter" not in own
    assert "eek" in own  # every week: what was answered here
    token = changes.rpartition("/")[2]
    for path in (f"preferences/{token}", f"preferences/{token}/answers", f"card/{token}"):
        assert sent.anyone().get(f"/surveys/{path}").status_code == 410
    shown = sent.anyone().get(changes, headers=HTML).text
    assert 'id="contacts_per_month"' in shown
    assert 'id="quiet_start"' not in shown
    assert 'id="live_mode"' not in shown


def test_what_a_response_has_set_can_be_changed_back_and_nothing_else(sent: House) -> None:
    changes = changes_of(receipt(sent, sent.link("g-ana"), contact_frequency={"values": ["weekly"]}))
    form = {"contacts_per_month": "1", "quiet_start": "20:00", "quiet_end": "09:00", "boundaries": ["no_surveys"]}
    assert sent.anyone().post(changes, form=form).status_code == 303
    last = sent.said("surveys.preference_changed")[-1].data
    assert (last["contacts_per_month"], last["quiet_start"]) == (1, None)
    assert sent.said("surveys.boundary_set") == []
    foreign = {"quiet_start": "20:00", "quiet_end": "09:00"}
    assert sent.anyone().post(changes, json=foreign).status_code == 422
    assert sent.anyone().post(changes, json={"boundaries": ["no_surveys"]}).status_code == 422
    assert sent.anyone().post(changes, json={"contacts_per_month": None}).status_code == 200
    assert sent.said("surveys.preference_changed")[-1].data["contacts_per_month"] is None


def test_the_link_to_everything_goes_to_the_guardians_own_address_once_a_day(sent: House) -> None:
    changes = changes_of(receipt(sent, sent.link("g-ana"), contact_frequency={"values": ["weekly"]}))
    for _ in range(2):
        pressed = sent.anyone().post(f"{changes}/send", form={})
        assert pressed.status_code == 303
        assert "/surveys/preferences/" not in pressed.headers["Location"]
    (asked,) = sent.said("surveys.own_page_asked")
    assert asked.data["guardian_id"] == "g-ana"
    link = re.search(r"https://homeroom\.example\.org(/surveys/preferences/[^?]+)", asked.data["text"])
    assert link is not None
    assert sent.anyone().get(link[1]).status_code == 200


def test_a_receipts_link_is_nothing_before_the_answer_and_for_another_guardian(sent: House) -> None:
    row = sent.assignment("g-ana")
    mint = sent.ports.receipt_token
    for guardian in ("g-ana", "g-george"):
        token = mint("riverside", row.assignment_id, guardian, now=sent.clock.now(), language="en", school=None)
        assert sent.anyone().get(f"/surveys/changes/{token}").status_code == 404
        assert sent.anyone().post(f"/surveys/changes/{token}/send", form={}).status_code == 404


def test_an_anonymous_receipt_shows_no_answers_and_sends_nothing_that_would_tell_the_hour(sent: House) -> None:
    from tests.unit.services.surveys.surveykinds import CONTENT

    link = put_to(sent, "g-ana", content={**CONTENT, "identified": "anonymous"})
    page = receipt(sent, link, story={"text": "nobody's"})
    changes = changes_of(page)
    assert "/answers" not in page
    assert "/send" not in sent.anyone().get(changes, headers=HTML).text
    sent.anyone().post(f"{changes}/send", form={})
    assert sent.said("surveys.own_page_asked") == []
    assert "nobody's" not in sent.anyone().get(f"{changes}/answers", headers=HTML).text


def test_a_child_that_an_order_hides_is_not_named_among_earlier_answers(sent: House) -> None:
    link = put_to(sent, "g-ana")
    sure = {"children": {"s-mateo": {"values": ["yes"]}, "s-lucia": {"values": ["yes"]}}}
    page = receipt(sent, link, sure=sure)
    sent.restrict("g-ana", "s-mateo")
    token = sent.ports.preferences_token("riverside", "g-ana", now=sent.clock.now(), language="en", school=None)
    for path in (f"/surveys/preferences/{token}/answers", f"{changes_of(page)}/answers"):
        shown = sent.anyone().get(path, headers=HTML).text
        assert "Mateo" not in shown
        assert "Lucia: Very much" in shown
