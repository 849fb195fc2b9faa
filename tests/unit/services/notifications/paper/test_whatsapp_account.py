"""WhatsApp: what is sent when, what Meta's answers mean, and its calls back through the built app."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from falcon import testing
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.port import ChannelError, Content, Doubtful, Outgoing, Receipt
from services.notifications.channels.whatsapp import WhatsAppCloud, failure, signed
from services.notifications.channels.whatsapp_calls import statuses_in, words_in
from services.notifications.tables import DELIVERY, REPLY
from shared.errors import HomeroomError
from shared.observability.metrics import CALLBACKS_REFUSED
from tests.unit.services.notifications.paper.papermill import LAN, LANS_NUMBER, Mill
from tests.unit.services.notifications.paper.signing import hub_signature
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.world import MORNING

TEMPLATES = {
    "alert.early": {"vi": {"name": "early_alert", "language": "vi", "slots": ["student", "link"]}},
    "*": {"en": {"name": "any_news", "language": "en_US", "slots": ["school", "body"]}},
}
PATH = "/notifications/webhooks/whatsapp"


class Cloud(ThreadingHTTPServer):
    """Meta's shape: takes messages, or answers as it was taught."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.took: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.answers: list[tuple[int, bytes]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v21.0"


class _Handler(BaseHTTPRequestHandler):
    server: Cloud

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tokens.append(self.headers["Authorization"])
        if self.server.answers:
            status, answer = self.server.answers.pop(0)
            if status == 0:
                return  # hangs up after it has read everything
        else:
            self.server.took.append({"path": self.path, **body})
            status, answer = 200, json.dumps({"messages": [{"id": f"wamid.{len(self.server.took)}"}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Silence."""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    server = Cloud()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def account(cloud: Cloud) -> WhatsAppCloud:
    settings = {"name": "cloud", "base": cloud.base, "phone_number_id": "15551", "access_token": "EAAG", "app_secret": "s",
                "templates": TEMPLATES}  # fmt: skip
    return WhatsAppCloud(settings, base_url="https://homeroom.example.org")


def letter(language: str = "vi", *, key: str = "alert.early", text: str = "Bao: 64 %", **changes: Any) -> Outgoing:
    given: dict[str, Any] = {
        "delivery_id": "d-1", "district": "riverside", "at": MORNING, "to": "+84901234567", "from_name": "Greenview",
        "content": Content.plain(key, text, title="Greenview", language=language), "link": "https://h.example/i/x",
        "values": {"student": "Bao"},
    }  # fmt: skip
    return Outgoing(**given | changes)


def refuse(cloud: Cloud, code: int, status: int = 400) -> None:
    cloud.answers.append((status, json.dumps({"error": {"code": code, "message": "no"}}).encode()))


def test_free_words_go_while_the_window_is_open(cloud, account):
    (outcome,) = account.carry([letter(extras={"window_open": True})])
    assert isinstance(outcome, Receipt) and outcome.ref == "wamid.1"
    (sent,) = cloud.took
    assert sent["path"] == "/v21.0/15551/messages" and cloud.tokens == ["Bearer EAAG"]
    assert (sent["to"], sent["recipient_type"], sent["type"]) == ("84901234567", "individual", "text")
    assert sent["text"] == {"body": "Bao: 64 %", "preview_url": False}
    assert sent["biz_opaque_callback_data"] == "riverside/d-1"


def test_outside_the_window_the_texts_own_template_goes(cloud, account):
    account.carry([letter()])
    template = cloud.took[0]["template"]
    assert (template["name"], template["language"]) == ("early_alert", {"code": "vi"})
    assert [one["text"] for one in template["components"][0]["parameters"]] == ["Bao", "https://h.example/i/x"]


def test_a_text_without_a_template_of_its_own_takes_the_general_one_on_one_line(cloud, account):
    account.carry([letter("en-US", key="d-77", text="Bao:\n\n64 %\tnow")])
    template = cloud.took[0]["template"]
    assert (template["name"], template["language"]["code"]) == ("any_news", "en_US")
    assert [one["text"] for one in template["components"][0]["parameters"]] == ["Greenview", "Bao: 64 % now"]


def code_of(outcome: Any) -> tuple[str, bool, bool]:
    assert isinstance(outcome, ChannelError)
    return outcome.code, outcome.permanent, outcome.account


def test_a_language_without_a_template_takes_another_channel(account):
    assert code_of(account.carry([letter("so")])[0]) == ("whatsapp_no_template", True, False)


@pytest.mark.parametrize("changes", [{"values": {}}, {"key": "x", "language": "en", "text": "a" * 1025}])
def test_a_template_with_a_missing_or_overlong_slot_is_not_sent(cloud, account, changes):
    assert code_of(account.carry([letter(**changes)])[0]) == ("whatsapp_template_slot", True, False)
    assert cloud.took == []


def test_words_longer_than_whatsapp_takes_are_not_cut_in_silence(account):
    (outcome,) = account.carry([letter(text="a" * 4097, extras={"window_open": True})])
    assert code_of(outcome) == ("whatsapp_too_long", True, False)


def test_a_window_that_has_just_closed_is_met_with_the_template(cloud, account):
    refuse(cloud, 131047)
    (outcome,) = account.carry([letter(extras={"window_open": True})])
    assert isinstance(outcome, Receipt) and cloud.took[0]["type"] == "template"


@pytest.mark.parametrize(
    ("code", "permanent", "of_account"),
    [(131026, True, False), (131047, True, False), (130429, False, True), (131056, False, False), (190, False, True), (132001, True, False),
     (131016, False, True), (999999, False, False)],
)  # fmt: skip
def test_a_code_says_whose_fault_it_is_and_whether_trying_again_helps(cloud, account, code, permanent, of_account):
    refuse(cloud, code)
    assert code_of(account.carry([letter()])[0]) == (f"whatsapp_{code}", permanent, of_account)
    assert failure(code).permanent is permanent


def test_what_may_have_gone_is_never_sent_again(cloud, account):
    cloud.answers.append((0, b""))
    (hung_up,) = account.carry([letter()])
    cloud.answers.append((200, b"<html>ok</html>"))
    (proxy,) = account.carry([letter()])
    (again,) = account.carry([replace(letter(), again=True)])
    assert [type(one) for one in (hung_up, proxy, again)] == [Doubtful] * 3 and cloud.took == []


def test_nobody_there_is_the_accounts_fault_and_tried_again():
    nobody = WhatsAppCloud({"name": "x", "base": "http://127.0.0.1:9", "phone_number_id": "1", "templates": TEMPLATES}, base_url="")
    assert code_of(nobody.carry([letter()])[0]) == ("whatsapp_unavailable", False, True)


def test_one_that_fails_does_not_keep_the_others(cloud, account):
    refuse(cloud, 131026)
    outcomes = account.carry([letter(), letter("so"), letter()])
    assert [isinstance(outcome, Receipt) for outcome in outcomes] == [False, False, True]


# what comes back


def call(*, messages: Any = (), statuses: Any = ()) -> bytes:
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "15551"}, "messages": list(messages),
             "statuses": list(statuses)}  # fmt: skip
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@dataclass
class Door:
    """The app with a WhatsApp account, called as Meta calls it."""

    mill: Mill
    site: Site

    def post(self, body: bytes, *, secret: str = "shh", query: str = "") -> int:
        headers = {"X-Hub-Signature-256": hub_signature(secret, body), "Content-Type": "application/json"}
        client = testing.TestClient(self.site.app)
        answer = client.simulate_post(PATH, body=body, headers=headers, query_string=query)
        self.mill.district.settle()
        return answer.status_code

    def delivery(self) -> dict[str, Any]:
        """A message to Lan that went by WhatsApp."""
        self.mill.write()
        row = self.mill.delivery()
        with self.mill.district.engine.begin() as connection:
            connection.execute(
                DELIVERY.update().where(DELIVERY.c.delivery_id == row["delivery_id"]).values(channel="whatsapp", provider_ref="wamid.7")
            )  # fmt: skip
        return dict(row)


@pytest.fixture
def door(mill: Mill) -> Door:
    settings = {"whatsapp": [{"name": "cloud", "app_secret": "shh", "verify_token": "open sesame"}]}
    mill.district.ports = replace(mill.district.ports, settings={**mill.district.ports.settings, **settings})
    return Door(mill, Site(mill.district))


def words(text: str = "Cảm ơn cô", **changes: Any) -> dict[str, Any]:
    return {"from": LANS_NUMBER.lstrip("+"), "id": "wamid.in1", "timestamp": "1790000000", "type": "text", "text": {"body": text}} | changes


def status(word: str, delivery: Any = None, **changes: Any) -> dict[str, Any]:
    ours = f"riverside/{delivery['delivery_id']}" if delivery else ""
    return {"id": "wamid.7", "status": word, "timestamp": "1790000000", "biz_opaque_callback_data": ours} | changes


def test_words_by_whatsapp_land_in_the_thread_once(door):
    assert door.post(call(messages=[words()])) == door.post(call(messages=[words()])) == 200
    (reply,) = door.mill.district.rows(REPLY)
    assert (reply["guardian_id"], reply["channel"], reply["text"]) == (LAN, "whatsapp", "Cảm ơn cô")


def test_statuses_in_any_order_and_twice_settle_the_delivery(door):
    row = door.delivery()
    for word in ("read", "sent", "delivered", "read"):
        assert door.post(call(statuses=[status(word, row)])) == 200
    now = door.mill.delivery()
    assert (now["state"], now["opened_how"]) == ("delivered", "read") and now["opened_at"] is not None


def test_a_failure_that_comes_later_tries_the_next_way(door):
    row = door.delivery()
    assert door.post(call(statuses=[status("failed", row, errors=[{"code": 131026}])])) == 200
    assert any("whatsapp: whatsapp_131026" in step for step in door.mill.trace())


def test_a_forged_call_changes_nothing_and_is_counted(door):
    before = CALLBACKS_REFUSED.labels("whatsapp")._value.get()
    assert door.post(call(messages=[words()]), secret="guess") == 403
    assert door.mill.district.rows(REPLY) == []
    assert CALLBACKS_REFUSED.labels("whatsapp")._value.get() == before + 1


def test_metas_question_is_answered_to_meta_only(door):
    client = testing.TestClient(door.site.app)
    right = "hub.mode=subscribe&hub.verify_token=open+sesame&hub.challenge=1158201444"
    assert client.simulate_get(PATH, query_string=right).text == "1158201444"
    assert client.simulate_get(PATH, query_string=right.replace("sesame", "barley")).status_code == 403


@pytest.mark.parametrize(
    ("message", "text", "files"),
    [
        (words(), "Cảm ơn cô", ()),
        ({"from": "1", "id": "m", "type": "button", "button": {"text": "Yes"}}, "Yes", ()),
        ({"from": "1", "id": "m", "type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"title": "Tue"}}}, "Tue", ()),
        ({"from": "1", "id": "m", "type": "image", "image": {"mime_type": "image/jpeg", "caption": "homework"}}, "homework", ("image/jpeg",)),
        ({"from": "1", "id": "m", "type": "audio", "audio": {"mime_type": "audio/ogg"}}, "", ("audio/ogg",)),
        ({"from": "1", "id": "m", "type": "unsupported"}, "", ("unsupported",)),
    ],
)  # fmt: skip
def test_every_kind_of_message_is_read_or_named(message, text, files):
    (said,) = words_in(json.loads(call(messages=[message])))
    assert (said.text, said.files) == (text, files)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["entry", "changes", "value", "messages", "statuses", "id", "from", "type", "text", "status", "errors", "context", "timestamp"]) | st.text(max_size=5), inner, max_size=4),
    max_leaves=25,
)  # fmt: skip


@given(ANY_JSON)
def test_nonsense_is_read_as_nothing_and_never_breaks_the_door(payload):
    for said in words_in(payload):
        assert said.message_id and said.sender
    for one in statuses_in(payload, now=MORNING):
        assert one.told.provider_ref and one.told.at <= MORNING


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_holds_for_its_own_body_only(body, other):
    assert signed("shh", body, hub_signature("shh", body))
    assert signed("shh", other, hub_signature("shh", body)) is (body == other)
    assert not signed("", body, hub_signature("", body)) and not signed("shh", body, None)


@pytest.mark.parametrize(
    ("templates", "where"),
    [
        ([], None),
        (["x"], "channels.whatsapp.templates"),
        ({"alert.early": "early_alert"}, "channels.whatsapp.templates.alert.early"),
        ({"*": {"vi": {"language": "vi"}}}, "channels.whatsapp.templates.*.vi"),
        ({"*": {"vi": {"name": "n", "slots": "body"}}}, "channels.whatsapp.templates.*.vi"),
    ],
)
def test_a_misspelt_template_is_named_when_the_process_starts(templates, where):
    settings = {"name": "cloud", "templates": templates}
    if where is None:
        assert WhatsAppCloud(settings, base_url="").name == "cloud"
        return
    with pytest.raises(HomeroomError) as refused:
        WhatsAppCloud(settings, base_url="")
    assert refused.value.where == where
