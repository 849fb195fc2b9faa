"""The fixtures' servers are real, and a private pair survives being killed."""

from __future__ import annotations

from pathlib import Path

import pika
import psycopg
import pytest

from shared.backing import BackingUrls, PrivateBacking
from shared.backing.locate import amqp_answers, pg_answers


def test_the_database_is_durable(pg_database: str) -> None:
    with psycopg.connect(pg_database) as connection:
        settings = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    assert settings == [("on",), ("on",)]


def test_a_fresh_vhost_takes_a_quorum_queue(rabbit_vhost: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(rabbit_vhost))
    channel = connection.channel()
    channel.queue_declare("mine", durable=True, arguments={"x-queue-type": "quorum"})
    channel.confirm_delivery()
    channel.basic_publish("", "mine", b"kept")
    assert channel.basic_get("mine", auto_ack=True)[2] == b"kept"
    connection.close()


def test_the_urls_do_not_show_their_passwords(backing: BackingUrls) -> None:
    assert "@" not in repr(backing)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_servers_come_back_with_their_data_under_the_same_url(tmp_path_factory: pytest.TempPathFactory) -> None:
    private = PrivateBacking(_reachable(tmp_path_factory))
    private.up()
    try:
        amqp, pg = private.amqp_url(), private.pg_url()
        with psycopg.connect(pg) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        private.kill("postgresql")
        private.kill("rabbitmq")
        assert not private.running("postgresql")
        assert not private.running("rabbitmq")
        private.up()
        assert (private.amqp_url(), private.pg_url()) == (amqp, pg)
        assert amqp_answers(amqp)
        with psycopg.connect(pg) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        private.remove()
    assert not amqp_answers(amqp)
    assert not pg_answers(pg)


def _reachable(factory: pytest.TempPathFactory) -> Path:
    # pytest makes its folders 0700; the servers' own users find their way through data_root.
    return factory.mktemp("backing")
