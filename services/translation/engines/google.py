"""Google Cloud Translation v3 by its own library over REST (no gRPC threads of its own under green threads)."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests

from services.translation.engines.codes import known, ours
from services.translation.engines.port import Capabilities, FailureKind, GlossaryMode, TagMode
from services.translation.engines.remote import LONGEST_WAIT, Languages, Refused, Remote, Translated

SPEC = Capabilities(
    "google",
    max_items=1024,
    max_size=30_000,  # code points: Google advises no more in one request
    max_request=30_000,
    glossary=GlossaryMode.NATIVE,
    tags=TagMode.HTML,
    detects=True,
    price_per_million=Decimal(20),
    residency="Google Cloud, the location of the project",
    leaves_district=True,
)
_PAIR_WORDS = (
    "language pair",
    "language code",
    "language is invalid",
    "not supported",
    "unsupported",
    "target language",
)


class Google(Remote):
    """`project`, and if wanted `location`, `credentials_file` (a service account), `glossaries` ({"en-es": id}), `url`."""

    def __init__(
        self,
        *,
        project: str,
        location: str = "global",
        credentials_file: str | None = None,
        glossaries: Mapping[str, str] | None = None,
        url: str | None = None,
        spec: Capabilities = SPEC,
    ) -> None:
        super().__init__(replace(spec, name="google"))
        self._parent = f"projects/{project}/locations/{location}"
        self._credentials_file, self._url = credentials_file, url
        self._glossaries = {pair.lower(): found for pair, found in (glossaries or {}).items()}
        self._client: Any = None

    def languages(self) -> Languages:
        found = self._connected().get_supported_languages(parent=self._parent, retry=None, timeout=LONGEST_WAIT)
        return Languages(
            known("google", (each.language_code for each in found.languages if each.support_source)),
            known("google", (each.language_code for each in found.languages if each.support_target)),
        )

    def ask(self, texts: Sequence[str], source: str | None, target: str, *, key: str) -> Sequence[Translated]:
        request: dict[str, Any] = {
            "parent": self._parent,
            "contents": list(texts),
            "mime_type": "text/plain",  # the default is HTML, which would come back escaped
            "target_language_code": target,
        }
        if source:
            request["source_language_code"] = source
        glossary = self._glossaries.get(f"{source}-{target}".lower())
        if glossary:
            request["glossary_config"] = {"glossary": f"{self._parent}/glossaries/{glossary}"}
        answer = self._connected().translate_text(request=request, retry=None, timeout=LONGEST_WAIT)
        found = answer.glossary_translations if glossary else answer.translations
        return [
            Translated(
                each.translated_text,
                detected=None if source else ours("google", each.detected_language_code),
                model=each.model.rpartition("/")[2],
            )
            for each in found
        ]

    def reason(self, error: Exception) -> Refused:
        from google.api_core import exceptions

        if isinstance(error, requests.exceptions.Timeout):
            return Refused(FailureKind.TIMEOUT)
        if isinstance(error, requests.exceptions.ConnectionError):
            return Refused(FailureKind.UNAVAILABLE)
        if not isinstance(error, exceptions.GoogleAPICallError):
            return Refused(FailureKind.AUTH if _about_credentials(error) else FailureKind.CORRUPT)
        said, status = str(error.message).lower(), int(error.code or 0)
        if status == 429 or "limit exceeded" in said:
            daily = "daily" in said or "per day" in said or "per month" in said
            return Refused(FailureKind.QUOTA if daily else FailureKind.RATE, _retry_after(error))
        if status in (401, 403):
            return Refused(FailureKind.AUTH)
        if status == 413 or "too long" in said or "too large" in said:
            return Refused(FailureKind.TOO_LARGE)
        if status == 400 and any(words in said for words in _PAIR_WORDS):
            return Refused(FailureKind.UNSUPPORTED_PAIR)
        if status == 504:
            return Refused(FailureKind.TIMEOUT)
        return Refused(FailureKind.UNAVAILABLE if status >= 500 else FailureKind.CORRUPT)

    def _connected(self) -> Any:
        if self._client is None:
            import google.cloud.translate_v3 as translate_v3
            from google.auth.credentials import AnonymousCredentials
            from google.cloud.translate_v3.services.translation_service import transports

            if self._url:
                at = urlsplit(self._url)
                transport = transports.TranslationServiceRestTransport(
                    host=at.netloc, url_scheme=at.scheme, credentials=AnonymousCredentials()
                )
                self._client = translate_v3.TranslationServiceClient(transport=transport)
            elif self._credentials_file:
                self._client = translate_v3.TranslationServiceClient.from_service_account_file(
                    self._credentials_file, transport="rest"
                )
            else:
                self._client = translate_v3.TranslationServiceClient(transport="rest")
        return self._client

    def _installed(self) -> bool:
        try:
            return importlib.util.find_spec("google.cloud.translate_v3") is not None
        except ModuleNotFoundError:
            return False


def _about_credentials(error: Exception) -> bool:
    from google.auth import exceptions

    return isinstance(error, exceptions.GoogleAuthError)


def _retry_after(error: Any) -> float | None:
    """Seconds of the answer's Retry-After, where it has one."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    value = str(headers.get("Retry-After", ""))
    return float(value) if value.isdecimal() else None
