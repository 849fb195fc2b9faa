"""Which language a guardian has written in, with the one that they declared as prior."""

from services.translation.langid.identify import Guess, identify, languages

__all__ = ["Guess", "identify", "languages"]
