"""What every peer of the fan-out sends: the same recipients, texts and slots, the same headers, one Message-ID a person.

The file has a line of JSON for each recipient (id, email, language, names) after a first line with the texts by language.
"""

import json


def load(path):
    """(texts by language, recipients)"""
    with open(path, encoding="utf-8") as lines:
        texts = json.loads(next(lines))
        return texts, [json.loads(line) for line in lines]


def fill(texts, person):
    """Subject, text and HTML of one person: two slots, as ours has."""
    known = texts[person["language"]]
    return (
        known["subject"],
        known["text"].replace("{names}", person["names"]),
        known["html"].replace("{names}", person["names"]),
    )


def headers(person):
    return {
        "Message-ID": f"<{person['id']}@peer.invalid>",
        "List-Unsubscribe": f"<https://peer.invalid/stop/{person['id']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
