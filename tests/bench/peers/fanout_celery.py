"""A plain Celery fan-out: a task and a committed row a person, a kept SMTP connection, acknowledged when done.

python fanout_celery.py FILE       publishes a task a person
celery -A fanout_celery worker …   environment: PEER_AMQP_URL, PEER_DSN, PEER_SMTP_PORT, PEER_FILE
"""

import os
import smtplib
import sys
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate

import psycopg2
from celery import Celery
from fanout_mail import fill, headers, load
from kombu import Exchange, Queue

app = Celery("fanout", broker=os.environ["PEER_AMQP_URL"])
app.conf.update(
    task_queues=[
        Queue("celery_fanout", Exchange("celery_fanout"), "celery_fanout", queue_arguments={"x-queue-type": "quorum"})
    ],
    task_default_queue="celery_fanout",
    task_default_exchange="celery_fanout",
    task_default_routing_key="celery_fanout",
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    worker_enable_remote_control=False,
    broker_transport_options={"confirm_publish": True},
    worker_detect_quorum_queues=True,
)
_kept = {}


def _open():
    if not _kept:
        _kept["texts"] = load(os.environ["PEER_FILE"])[0]
        _kept["rows"] = psycopg2.connect(os.environ["PEER_DSN"])
        _kept["smtp"] = smtplib.SMTP("127.0.0.1", int(os.environ["PEER_SMTP_PORT"]))
    return _kept


@app.task(name="fanout_celery.deliver")
def deliver(person):
    kept = _open()
    subject, text, html = fill(kept["texts"], person)
    letter = MIMEMultipart("alternative")
    letter["From"], letter["To"], letter["Subject"] = "school@peer.invalid", person["email"], subject
    letter["Date"] = formatdate()
    for name, value in headers(person).items():
        letter[name] = value
    letter.attach(MIMEText(text, "plain", "utf-8"))
    letter.attach(MIMEText(html, "html", "utf-8"))
    kept["smtp"].sendmail("school@peer.invalid", [person["email"]], letter.as_bytes())
    with kept["rows"].cursor() as cursor:
        cursor.execute("INSERT INTO peer_delivery (person_id, state) VALUES (%s, 'sent')", (person["id"],))
    kept["rows"].commit()


if __name__ == "__main__":
    for each in load(sys.argv[1])[1]:
        deliver.delay(each)
