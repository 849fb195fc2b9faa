"""Which engine a text goes to, what it may cost, and that no name of the district's people goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa

from services.translation.catalogue import load
from services.translation.domain.protection import TokenStyle
from services.translation.engines.guarded import Guarded
from services.translation.engines.port import Capabilities, Failure, FailureKind, Result, Segment
from services.translation.engines.registry import KINDS, build
from services.translation.handlers import texts as handlers
from services.translation.ports import Ports
from services.translation.store import engines as store
from services.translation.tables import METADATA
from services.translation.tables.engines import ENGINE_SPENT
from services.translation.translator import Request, Translation, Translator
from shared.clock import monotonic
from shared.directory.config.schemas import DistrictSchema
from shared.directory.config.translating import ENGINES
from shared.errors import HomeroomError
from shared.observability.metrics import TRANSLATION_BUDGET, district_label
from shared.tenancy.cell import embedded_cell, load_cell


class Vendor:
    """Translates into the same words; outside the district, for money, until told to fail."""

    def __init__(self, name: str, *, price: int = 20, leaves: bool = True, fails: FailureKind | None = None) -> None:
        self.can = Capabilities(
            name, frozenset({("en", "es"), ("es", "en")}), price_per_million=Decimal(price), leaves_district=leaves
        )
        self.fails, self.asked, self.spoils = fails, list[str](), False

    def capabilities(self) -> Capabilities:
        return self.can

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        return TokenStyle.PH

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        self.asked += [segment.text for segment in batch]
        if self.fails:
            return [Failure(segment.id, self.fails) for segment in batch]
        billed = 1 if self.can.price_per_million else 0
        return [Result(each.id, self._made(each.text), self.can.name, billed=billed * len(each.text)) for each in batch]

    def _made(self, text: str) -> str:
        return (
            "nada"
            if self.spoils
            else text.replace("The bus number is", "El número del autobús es").replace("now", "ahora")
        )

    def close(self) -> None:
        """Has nothing."""


def ports_of(*engines: Vendor) -> Ports:
    return Ports(Translator(load(), [Guarded(engine) for engine in engines]))


@pytest.fixture
def district(uow):
    """Says what the district's file says about engines, and who lives there."""

    def say(engines=None, *, students=(), guardians=()):
        tables = METADATA.tables
        uow.connection.execute(
            sa.insert(tables["school"]).values(
                school_id="org-1",
                revision=1,
                config_version="a",
                name="G",
                timezone="UTC",
                settings={"engines": engines},
            )
        )
        for number, (given, family) in enumerate(students):
            uow.connection.execute(
                sa.insert(tables["student"]).values(
                    student_id=f"s-{number}", revision=1, active=True, school_id="org-1", class_ids=[], teacher_ids=[],
                    given_name=given, family_name=family,
                )
            )  # fmt: skip

    return say


def spent(uow):
    return [
        tuple(row)
        for row in uow.connection.execute(
            sa.select(ENGINE_SPENT.c["month", "engine", "characters", "microdollars"]).where(
                ENGINE_SPENT.c.engine != ""
            )
        )
    ]


def test_a_vendor_that_the_district_has_not_named_hears_nothing(uow, composed, district):
    vendor = Vendor("deepl")
    district(None)
    handlers.message_composed(uow, ports_of(vendor), [composed()])
    assert vendor.asked == []
    assert spent(uow) == []


def test_who_fails_is_followed_by_the_next(uow, composed, district, said):
    first, second = Vendor("deepl", fails=FailureKind.UNAVAILABLE), Vendor("google")
    district({"use": ["deepl", "google"]})
    handlers.message_composed(uow, ports_of(first, second), [composed(text="The bus number is 7")])
    assert (len(first.asked), len(second.asked)) == (1, 1)
    (answer,) = [data for kind, data in said() if kind == "translation.text_translated"]
    assert answer["engine"] == "google"
    assert spent(uow)[0][:3] == ("2026-09", "google", len(second.asked[0]))


def test_what_does_not_hold_is_asked_of_the_next(uow, composed, district, said):
    first, second = Vendor("deepl"), Vendor("google")
    first.spoils = True
    district({"use": ["deepl", "google"]})
    handlers.message_composed(uow, ports_of(first, second), [composed(text="The bus number is 7")])
    (answer,) = [data for kind, data in said() if kind == "translation.text_translated"]
    assert answer["engine"] == "google"
    assert {row[1] for row in spent(uow)} == {"deepl", "google"}  # both are to be paid


def test_when_all_fail_the_text_goes_in_its_language_with_the_last_reason(uow, composed, district, said):
    engines = Vendor("deepl", fails=FailureKind.QUOTA), Vendor("google", fails=FailureKind.TIMEOUT)
    district({"use": ["deepl", "google"]})
    handlers.message_composed(uow, ports_of(*engines), [composed()])
    (answer,) = [data for kind, data in said() if kind == "translation.text_translated"]
    assert answer["engine"] == "source"
    assert answer["labelled"]


def test_names_of_the_district_stay_in_it(uow, replied, district):
    vendor = Vendor("deepl")
    district({"use": ["deepl"]}, students=[("Mateo", "Ruiz"), ("Zoë", "de la Cruz")])
    text = "mateo no va hoy; la mamá de Zoe De La Cruz lo sabe"
    handlers.reply_received(uow, ports_of(vendor), [replied(text)])
    (asked,) = vendor.asked
    for name in ("mateo", "Zoe", "Cruz"):
        assert name not in asked
    assert asked.count("PH") == 3


def test_names_are_read_anew_when_the_roster_has_changed_and_not_for_every_batch(uow, replied, district, monkeypatch):
    vendor, read, reads = Vendor("deepl"), store.names, []
    monkeypatch.setattr(store, "names", lambda connection: reads.append(1) or read(connection))
    district({"use": ["deepl"]}, students=[("Mateo", "Ruiz")])
    for number in range(3):
        handlers.reply_received(uow, ports_of(vendor), [replied("Mateo no va hoy con Ximena", reply_id=f"r-{number}")])
    assert len(reads) == 1
    renamed = {"given_name": "Ximena", "revision": 2}
    uow.connection.execute(sa.update(METADATA.tables["student"]).values(**renamed))
    handlers.reply_received(uow, ports_of(vendor), [replied("Ximena no va hoy", reply_id="r-9")])
    assert len(reads) == 2 and "Ximena" not in vendor.asked[-1]


def test_engines_at_home_cost_no_look_for_names(uow, composed, district, monkeypatch):
    monkeypatch.setattr(store, "names", lambda connection: pytest.fail("nobody asked for names"))
    district({"use": ["apertium"]})
    handlers.message_composed(uow, ports_of(Vendor("apertium", price=0, leaves=False), Vendor("deepl")), [composed()])


def test_a_budget_that_is_used_up_stops_the_vendor_and_not_the_message(uow, composed, district, said):
    vendor, home = Vendor("deepl"), Vendor("apertium", price=0, leaves=False)
    district({"use": ["deepl", "apertium"], "monthly_characters": 30})
    ports = ports_of(vendor, home)
    handlers.message_composed(
        uow, ports, [composed(text="The bus number is 7"), composed(message_id="m-2", text="The bus number is 8 now")]
    )
    handlers.message_composed(uow, ports, [composed(message_id="m-3", text="The bus number is 9")])
    assert len(vendor.asked) == 1
    assert spent(uow)[0][2] <= 30
    made = [data["engine"] for kind, data in said() if kind == "translation.text_translated"]
    assert sorted(made) == ["apertium", "apertium", "deepl"]


def test_the_meter_is_read_only_when_somebody_is_to_be_paid(uow, composed, district, monkeypatch):
    monkeypatch.setattr(store, "spent_in_turn", lambda *_, **__: pytest.fail("nobody was to be paid"))
    district({"use": ["apertium"], "monthly_characters": 30})
    handlers.message_composed(uow, ports_of(Vendor("apertium", price=0, leaves=False), Vendor("deepl")), [composed()])


def test_the_warning_comes_once(uow, composed, district):
    counted = TRANSLATION_BUDGET.labels(district=district_label("riverside"), level="warned")
    before = counted._value.get()
    district({"use": ["deepl"], "monthly_characters": 80})
    ports = ports_of(Vendor("deepl"))
    for number in range(3):  # 22 characters each with their token: 28, 55, 83 %, and the fourth has no room
        handlers.message_composed(uow, ports, [composed(message_id=f"m-{number}", text="The bus number is 7")])
    assert counted._value.get() == before + 1
    handlers.message_composed(uow, ports, [composed(message_id="m-9", text="The bus number is 7")])
    assert counted._value.get() == before + 1


def test_the_month_s_spending_adds_up_and_a_new_month_begins_anew(uow):
    from services.translation.engines.budget import Spent

    store.add(uow.connection, "2026-09", {"deepl": Spent(10, Decimal("0.25")), "azure": Spent(1)}, now=uow.now)
    store.add(uow.connection, "2026-09", {"deepl": Spent(5, Decimal("0.000001"))}, now=uow.now)
    assert store.spent_in_turn(uow.connection, "2026-09", now=uow.now) == {
        "azure": Spent(1), "deepl": Spent(15, Decimal("0.250001")),
    }  # fmt: skip
    assert store.spent(uow.connection, "2026-10") == {}


def test_a_slow_engine_leaves_time_for_the_next():
    class Slow(Vendor):
        def translate(self, batch, *, deadline, key=""):
            self.until = deadline
            return super().translate(batch, deadline=deadline, key=key)

    slow, last = (
        Slow("apertium", price=0, leaves=False, fails=FailureKind.TIMEOUT),
        Slow("ctranslate2", price=0, leaves=False),
    )
    begun = monotonic()
    translator = Translator(load(), [slow, last])
    (made,) = translator.translate(
        [Request("m", 1, "en", "es", "The bus number is 7")], remembered={}, signed={}, deadline=begun + 10
    )
    assert isinstance(made, Translation)
    assert slow.until - begun < 7
    assert last.until - begun == pytest.approx(10)


# configuration


def test_every_kind_of_engine_is_known_to_the_cell_the_district_and_the_registry(tmp_path):
    given = {
        "apertium": {}, "ctranslate2": {"models": str(tmp_path)}, "libretranslate": {"url": "http://127.0.0.1:9"},
        "deepl": {"key": "k", "price": 18}, "google": {"project": "p"}, "azure": {"key": "k"}, "amazon": {"region": "us-east-1"},
    }  # fmt: skip
    assert set(given) == set(KINDS) == set(ENGINES)
    cell = embedded_cell(
        tmp_path, ("riverside",), channels={"translation": [{"provider": kind, **one} for kind, one in given.items()]}
    )
    engines = build(cell.accounts("translation"))
    assert len(engines) == len(given)
    for engine in engines:
        engine.close()


def test_apertium_needs_no_account_and_comes_last(tmp_path):
    engines = build([{"provider": "ctranslate2", "name": "x", "models": str(tmp_path)}])
    assert [engine.capabilities().name for engine in engines] == ["ctranslate2", "apertium"]


def cell_file(path, lines):
    path.write_text(
        "cell: a\nbroker: embedded://localhost/a\ndatabase: sqlite\nstate_dir: state\ndistricts: [riverside]\n"
        + "channels:\n  translation:\n" + lines
    )  # fmt: skip
    return path


def test_a_key_comes_from_the_environment_and_a_misspelt_setting_is_refused(tmp_path):
    good = cell_file(tmp_path / "cell.yaml", "    - {provider: deepl, key: '${DEEPL_KEY}'}\n")
    (account,) = load_cell(good, environ={"DEEPL_KEY": "secret"}).accounts("translation")
    assert account["key"] == "secret"
    for lines, code in (
        ("    - {provider: deepl}\n", "cell.missing_key"),
        ("    - {provider: deepl, key: k, formalty: more}\n", "cell.unknown_key"),
        ("    - {provider: babelfish}\n", "cell.provider"),
    ):
        with pytest.raises(HomeroomError) as refused:
            load_cell(cell_file(tmp_path / "bad.yaml", lines), environ={})
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("engines", "wrong"),
    [
        ({"use": ["deepl"], "pairs": {"*-so": ["google"]}, "monthly_dollars": 250.5, "monthly_characters": 10}, None),
        ({"use": []}, "use"),
        ({"use": ["babelfish"]}, "use"),
        ({"pairs": {"en-so": ["google"]}}, "use"),
        ({"use": ["deepl"], "pairs": {"english": ["google"]}}, "pairs"),
        ({"use": ["deepl"], "monthly_dollars": -1}, "monthly_dollars"),
        ({"use": ["deepl"], "monthly_euros": 1}, "monthly_euros"),
    ],
)
def test_a_district_s_words_on_engines_are_checked(engines, wrong):
    errors = DistrictSchema(only=("engines",)).validate({"engines": engines})
    assert (not errors) if wrong is None else wrong in errors["engines"]
