"""Guides for home: which fits, and what one is made of. The texts are in `library/<language>.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

TOPICS = ("homework", "reading", "screen_time", "sleep", "math_practice", "home_projects")
MOST_STEPS = 3
_OF_COURSE = {
    "math_practice": ("math", "algebra", "geometry", "calculus", "arithmetic", "statistics"),
    "reading": ("read", "english", "language arts", "ela", "literature", "phonics"),
}
_OF_SIGNAL = {"missing_work": "homework", "attendance": "sleep", "behaviour": "sleep"}


@dataclass(frozen=True, slots=True)
class Guide:
    """`steps` go into the message, `page` are the paragraphs behind its link; `{student}` stays for the name."""

    topic: str
    title: str
    steps: tuple[str, ...]
    page: tuple[str, ...]
    hard: str  # what to do where it is too hard

    @property
    def numbered(self) -> str:
        """The steps as one line of a message."""
        return " ".join(f"{number}) {step}" for number, step in enumerate(self.steps, 1))


def topic_of_course(title: str) -> str:
    """The guide that fits a course; homework where its title says nothing."""
    words = title.casefold().replace("-", " ").split()
    return next((topic for topic, known in _OF_COURSE.items() if _any_begins(words, known)), "homework")


def _any_begins(words: list[str], known: tuple[str, ...]) -> bool:
    spaced = " " + " ".join(words)
    return any(f" {name}" in spaced for name in known)
