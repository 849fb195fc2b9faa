"""Cell files: every mistake named with its place and remedy; SQLite databases apart and transactional."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.errors import HomeroomError
from shared.tenancy.cell import Durability, Mode, embedded_cell, load_cell
from shared.tenancy.database import SEED, Databases, role_password

GOOD = """\
cell: metro
broker: amqp://homeroom:${PASSWORD}@127.0.0.1/metro
database: postgresql://127.0.0.1
state_dir: state
districts: [riverside, hillside]
"""
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.setenv("PASSWORD", "pw")

    def put(text: str) -> Path:
        path = tmp_path / "cell.yaml"
        path.write_text(text)
        return path

    return put


def test_a_cell_file_is_read_with_secrets_from_the_environment(write: Write, tmp_path: Path) -> None:
    cell = load_cell(write(GOOD))
    assert cell.broker == "amqp://homeroom:pw@127.0.0.1/metro"
    assert (cell.mode, cell.durability, cell.embedded, cell.sqlite) == (Mode.PRODUCTION, Durability.POWER, False, False)
    assert (cell.state_dir, cell.districts) == (tmp_path / "state", ("riverside", "hillside"))


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (GOOD + "brokr: x\n", "cell.unknown_key", "brokr"),
        (GOOD.replace("cell: metro\n", ""), "cell.missing_key", "cell"),
        (GOOD.replace("riverside", "River-Side"), "cell.district", "districts"),
        (GOOD + "mode: demonstration\n", "cell.value", "demonstration"),
        (GOOD + "durability: eternal\n", "cell.value", "eternal"),
        (GOOD.replace("${PASSWORD}", "${NO_SUCH_THING}"), "cell.environment", "NO_SUCH_THING"),
        ("- a list\n", "cell.shape", "cell.yaml"),
        (GOOD.replace("[riverside, hillside]", "riverside"), "cell.districts", "districts"),
        (GOOD.replace("[riverside, hillside]", "[riverside, 7]"), "cell.districts", "districts"),
        (GOOD.replace("[riverside, hillside]", "[]"), "cell.districts", "districts"),
        (GOOD.replace("hillside", "riverside"), "cell.districts", "twice"),
        (GOOD.replace("amqp://", "http://"), "cell.broker", "broker"),
        (GOOD.replace("postgresql://", "mysql://"), "cell.database", "database"),
        (GOOD + "sms: yes\n", "cell.shape", "sms"),
        (GOOD + "sms: {base: https://sms.example.org, acount_sid: AC1}\n", "cell.unknown_key", "acount_sid"),
        (GOOD + "sms: {base: https://sms.example.org, account_sid: AC1, sender: x}\n", "cell.missing_key", "auth_token"),
        (GOOD + "smtp: {host: mail.example.org, sender: s@example.org, port: smtp}\n", "cell.value", "port"),
        ("cell: [\n", "cell.yaml", "cell.yaml:2:1"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(write: Write, text: str, code: str, told: str) -> None:
    with pytest.raises(HomeroomError) as refused:
        load_cell(write(text))
    assert refused.value.code == code
    assert refused.value.remedy
    assert told in str(refused.value)


def test_a_cell_shows_no_password(write: Write) -> None:
    cell = load_cell(write(GOOD + "sms: {auth_token: secret}\n"))
    assert "pw" not in repr(cell)
    assert "secret" not in repr(cell)


def test_a_cell_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HomeroomError, match="nowhere.yaml"):
        load_cell(tmp_path / "nowhere.yaml")


def test_a_district_of_another_cell_is_refused(tmp_path: Path) -> None:
    databases = Databases(embedded_cell(tmp_path, ("metro",)))
    with pytest.raises(HomeroomError, match="elsewhere is not in cell"):
        databases.engine("surveys", "elsewhere")


def test_districts_and_components_have_files_of_their_own_that_others_cannot_list(tmp_path: Path) -> None:
    databases = Databases(embedded_cell(tmp_path, ("metro", "other")))
    for component in ("surveys", "audit"):
        for district in ("metro", "other"):
            with databases.transaction(component, district) as connection:
                connection.exec_driver_sql("CREATE TABLE t (x int)")
    databases.dispose()
    found = sorted(path.relative_to(tmp_path / "districts").as_posix() for path in tmp_path.rglob("*.sqlite"))
    assert found == ["metro/audit.sqlite", "metro/surveys.sqlite", "other/audit.sqlite", "other/surveys.sqlite"]
    assert stat.S_IMODE((tmp_path / "districts" / "metro").stat().st_mode) == 0o700


@pytest.mark.parametrize("repeatable", [False, True])
@pytest.mark.parametrize("durability", list(Durability))
def test_a_transaction_is_whole_or_nothing(tmp_path: Path, durability: Durability, repeatable: bool) -> None:
    databases = Databases(embedded_cell(tmp_path, ("metro",), durability=durability))
    with databases.transaction("surveys", "metro", repeatable=repeatable) as connection:
        connection.exec_driver_sql("CREATE TABLE t (x int)")
    with (  # noqa: PT012
        pytest.raises(ZeroDivisionError),
        databases.transaction("surveys", "metro", repeatable=repeatable) as connection,
    ):
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    with databases.transaction("surveys", "metro") as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM t")).scalar() == 0
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        wanted = 2 if durability is Durability.POWER else 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == wanted
    databases.dispose()


def test_role_passwords_differ_by_district_and_component_and_need_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SEED, "x" * 32)
    names = [(district, component) for district in ("a", "b") for component in ("surveys", "audit")]
    assert len({role_password(*name) for name in names}) == len(names)
    monkeypatch.delenv(SEED)
    with pytest.raises(HomeroomError, match=SEED):
        role_password("a", "surveys")
