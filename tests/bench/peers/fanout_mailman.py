"""Mailman 3: one list, a copy for each member (`personalize=individual`, VERP for every one), a post by LMTP.

prepare FOLDER FILE SMTP_PORT LMTP_PORT REST_PORT     writes the configuration, makes the list, fills in the members
post FILE LMTP_PORT                                   one message to the list

Members are put into its tables directly: `addmembers` takes a minute for a thousand. In between:
`mailman -C FOLDER/mailman.cfg start`.
"""

import smtplib
import sys
from email.message import EmailMessage
from pathlib import Path

from fanout_mail import fill, load

LIST = "families@lists.peer.invalid"
CONFIGURATION = """
[paths.bench]
var_dir: {folder}
bin_dir: {bin}
queue_dir: $var_dir/queue
list_data_dir: $var_dir/lists
log_dir: $var_dir/logs
lock_dir: $var_dir/locks
data_dir: $var_dir/data
cache_dir: $var_dir/cache
template_dir: $var_dir/templates
etc_dir: $var_dir/etc
messages_dir: $var_dir/messages
archive_dir: $var_dir/archives
pid_file: $var_dir/master.pid

[mailman]
site_owner: owner@peer.invalid
layout: bench

[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: 127.0.0.1
smtp_port: {smtp}
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
verp_delivery_interval: 1
verp_personalized_deliveries: yes

[webservice]
hostname: 127.0.0.1
port: {rest}
"""


def prepare(folder, path, smtp, lmtp, rest):
    configuration = Path(folder) / "mailman.cfg"
    configuration.write_text(
        CONFIGURATION.format(folder=folder, bin=Path(sys.executable).parent, smtp=smtp, lmtp=lmtp, rest=rest)
    )
    from mailman.core.initialize import initialize

    initialize(str(configuration))
    from mailman.app.lifecycle import create_list
    from mailman.config import config
    from mailman.database.transaction import transaction
    from mailman.interfaces.action import Action
    from mailman.interfaces.archiver import ArchivePolicy
    from mailman.interfaces.domain import IDomainManager
    from mailman.interfaces.mailinglist import Personalization
    from mailman.interfaces.member import MemberRole
    from mailman.model.address import Address
    from mailman.model.member import Member
    from mailman.model.preferences import Preferences
    from mailman.utilities.datetime import now
    from zope.component import getUtility

    with transaction():
        getUtility(IDomainManager).add("lists.peer.invalid")
        families = create_list(LIST, [])
        families.personalize = Personalization.individual
        families.archive_policy = ArchivePolicy.never
        families.default_nonmember_action = Action.accept
        for person in load(path)[1]:
            address = Address(person["email"], person["names"])
            address.verified_on = now()
            address.preferences = Preferences()
            member = Member(MemberRole.member, families.list_id, address)
            member.preferences = Preferences()
            config.db.store.add_all([address, address.preferences, member, member.preferences])


def post(path, lmtp):
    texts, people = load(path)
    subject, text, html = fill(texts, people[0])
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "school@peer.invalid", LIST, subject
    letter["Message-ID"] = "<announcement@peer.invalid>"
    letter.set_content(text)
    letter.add_alternative(html, subtype="html")
    with smtplib.LMTP("127.0.0.1", int(lmtp)) as server:
        server.send_message(letter)


if __name__ == "__main__":
    {"prepare": prepare, "post": post}[sys.argv[1]](*sys.argv[2:])
