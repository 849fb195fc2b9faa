"""LibreTranslate over HTTP: a server of the district's own (AGPL, so a process of its own, never a library of ours)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import requests

from services.translation.engines.codes import known, ours
from services.translation.engines.port import Capabilities, FailureKind, TagMode
from services.translation.engines.remote import LONGEST_WAIT, Languages, Refused, Remote, Translated

SPEC = Capabilities(
    "libretranslate",
    max_items=16,  # it works on them one after the other
    max_size=5_000,
    max_request=20_000,
    tags=TagMode.HTML,
    detects=True,
)


class Unwell(Exception):
    """The server said no: its status, its reason (never shown: it may quote the text), how long to wait."""

    def __init__(self, status: int, said: str, retry_after: float | None) -> None:
        super().__init__(status)
        self.status, self.said, self.retry_after = status, said, retry_after


class LibreTranslate(Remote):
    """`url` of the server, `key` if it asks for one; `outside`: the server is not the district's own."""

    def __init__(self, *, url: str, key: str | None = None, outside: bool = False, spec: Capabilities = SPEC) -> None:
        where = "the server named" if outside else "district"
        super().__init__(replace(spec, name="libretranslate", leaves_district=outside, residency=where))
        self._url, self._key = url.rstrip("/"), key
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "en"  # its reasons are read below

    def languages(self) -> Languages:
        self._heed(self._call("GET", "/frontend/settings"))
        found = self._call("GET", "/languages")
        codes = known("libretranslate", (each["code"] for each in found))
        targets = {each["code"]: set(each["targets"]) for each in found}
        only = frozenset(
            (one, other)
            for one, source in codes.items()
            for other, target in codes.items()
            if target in targets[source] and source != target
        )
        return Languages(codes, codes, only)

    def ask(self, texts: Sequence[str], source: str | None, target: str, *, key: str) -> Sequence[Translated]:
        body = {"q": list(texts), "source": source or "auto", "target": target, "format": "text"}
        answer = self._call("POST", "/translate", body | ({"api_key": self._key} if self._key else {}))
        detected = answer.get("detectedLanguage") or [None] * len(texts)
        return [
            Translated(
                text,
                detected=ours("libretranslate", guess["language"]) if guess else None,
                score=float(guess["confidence"]) / 100 if guess else None,
                billed=0,
            )
            for text, guess in zip(answer["translatedText"], detected, strict=True)
        ]

    def reason(self, error: Exception) -> Refused:
        if isinstance(error, requests.exceptions.Timeout):
            return Refused(FailureKind.TIMEOUT)
        if isinstance(error, requests.exceptions.ConnectionError):
            return Refused(FailureKind.UNAVAILABLE)
        if not isinstance(error, Unwell):
            return Refused(FailureKind.CORRUPT)
        if error.status == 429 or "request limits violations" in error.said:
            return Refused(FailureKind.RATE, error.retry_after)
        if error.status in (401, 403):
            return Refused(FailureKind.AUTH)
        if error.status == 413 or "exceeds text limit" in error.said:
            return Refused(FailureKind.TOO_LARGE)
        if error.status == 400 and ("not supported" in error.said or "not available" in error.said):
            return Refused(FailureKind.UNSUPPORTED_PAIR)
        if error.status == 504:
            return Refused(FailureKind.TIMEOUT)
        return Refused(FailureKind.UNAVAILABLE if error.status >= 500 else FailureKind.CORRUPT)

    def _heed(self, settings: Mapping[str, Any]) -> None:
        """The operator's own limit, in characters; -1 is none."""
        limit = settings.get("charLimit")
        if isinstance(limit, int) and limit > 0:
            self._spec = replace(self._spec, max_size=min(limit, SPEC.max_size))

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, self._url + path, json=body, timeout=LONGEST_WAIT)
        if answer.status_code >= 400:
            after = answer.headers.get("Retry-After", "")
            raise Unwell(answer.status_code, answer.text[:500], float(after) if after.isdecimal() else None)
        return answer.json()

    def close(self) -> None:
        super().close()
        self._session.close()
