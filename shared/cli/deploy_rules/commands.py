"""Whether a deployed command line is one that `homeroom` understands."""

from __future__ import annotations

from collections.abc import Sequence

from shared.cli.app import VERBS, load


def misunderstood(words: Sequence[str]) -> str | None:
    """Why `homeroom WORDS…` would end with a usage error, None if it would not."""
    verb = next((verb for verb in VERBS if words and verb.name == words[0]), None)
    if verb is None:
        return f"there is no verb {words[0] if words else '(none)'}"
    known = {flag for parameter in load(verb).params for flag in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words[1:] if word.startswith("--") and word.split("=")[0] not in known]
    return f"homeroom {verb.name} has no option {', '.join(unknown)}" if unknown else None
