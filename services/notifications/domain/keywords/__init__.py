"""STOP, HELP, START, "wrong number" and PERSON, as families say them; the phrases of each language are in the files beside this.

A message is a keyword only where all of it is one phrase, give or take a "please": "please stop the bus" is prose.
The single words are those that carriers hear (Twilio 223134027); by 47 CFR 64.1200(a)(10) any reasonable words count.
"""

from services.notifications.domain.keywords.matcher import Keyword, keyword
from services.notifications.domain.keywords.plain import plain

__all__ = ["Keyword", "keyword", "plain"]
