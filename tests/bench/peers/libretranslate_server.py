"""The real LibreTranslate server on models that lie in XDG_DATA_HOME; arguments as it has them.

Its sentence splitter is a file that it would download: lines are split at sentence ends instead.
"""

import re
import sys

from argostranslate import sbd

sbd.MiniSBDSentencizer.split_sentences = lambda self, text: re.split(r"(?<=[.!?])\s+", text)

from libretranslate.main import main  # noqa: E402

sys.argv[0] = "libretranslate"
main()
