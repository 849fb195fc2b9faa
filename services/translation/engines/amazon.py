"""Amazon Translate by boto3: one text a request, several requests beside one another."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from services.translation.engines.codes import known, ours
from services.translation.engines.port import Capabilities, FailureKind, GlossaryMode, SizeUnit, TagMode
from services.translation.engines.remote import LONGEST_WAIT, Languages, Refused, Remote, Translated

SPEC = Capabilities(
    "amazon",
    max_items=1,
    max_size=10_000,
    unit=SizeUnit.BYTES,
    max_request=10_000,
    glossary=GlossaryMode.NATIVE,
    formality=True,
    tags=TagMode.HTML,
    detects=True,
    price_per_million=Decimal(15),
    residency="AWS, the region of the account",
    leaves_district=True,
)
_KINDS = {
    "TextSizeLimitExceededException": FailureKind.TOO_LARGE,
    "UnsupportedLanguagePairException": FailureKind.UNSUPPORTED_PAIR,
    "DetectedLanguageLowConfidenceException": FailureKind.LOW_CONFIDENCE_DETECT,
    "TooManyRequestsException": FailureKind.RATE,
    "ThrottlingException": FailureKind.RATE,
    "Throttling": FailureKind.RATE,
    "RequestLimitExceeded": FailureKind.RATE,
    "LimitExceededException": FailureKind.QUOTA,
    "ServiceQuotaExceededException": FailureKind.QUOTA,
    "UnrecognizedClientException": FailureKind.AUTH,
    "InvalidSignatureException": FailureKind.AUTH,
    "AccessDeniedException": FailureKind.AUTH,
    "ExpiredTokenException": FailureKind.AUTH,
    "IncompleteSignature": FailureKind.AUTH,
    "ResourceNotFoundException": FailureKind.AUTH,  # a terminology that is not there: somebody has to act
    "InternalServerException": FailureKind.UNAVAILABLE,
    "ServiceUnavailableException": FailureKind.UNAVAILABLE,
}


class Amazon(Remote):
    """`region`, `access_key` and `secret_key` (left out: boto3 finds them), `formality`, `terminologies`, `url`."""

    def __init__(
        self,
        *,
        region: str,
        access_key: str | None = None,
        secret_key: str | None = None,
        formality: str | None = None,
        terminologies: Mapping[str, str] | None = None,
        url: str | None = None,
        spec: Capabilities = SPEC,
    ) -> None:
        super().__init__(replace(spec, name="amazon"), parallel=8)
        self._region, self._url, self._formality = region, url, formality
        self._keys = (access_key, secret_key)
        self._terminologies = {pair.lower(): found for pair, found in (terminologies or {}).items()}
        self._client: Any = None
        self._lock_client = threading.Lock()  # making one takes a while, and all requests of a batch come at once

    def languages(self) -> Languages:
        found: list[str] = []
        following: str | None = None
        while True:
            page = self._connected().list_languages(MaxResults=500, **({"NextToken": following} if following else {}))
            found += [each["LanguageCode"] for each in page["Languages"] if each["LanguageCode"] != "auto"]
            following = page.get("NextToken")
            if not following:
                tags = known("amazon", found)
                return Languages(tags, tags)

    def ask(self, texts: Sequence[str], source: str | None, target: str, *, key: str) -> Sequence[Translated]:
        (text,) = texts
        more: dict[str, Any] = {}
        if self._formality:
            more["Settings"] = {"Formality": self._formality.upper()}
        terminology = self._terminologies.get(f"{source}-{target}".lower())
        if terminology:
            more["TerminologyNames"] = [terminology]
        answer = self._connected().translate_text(
            Text=text, SourceLanguageCode=source or "auto", TargetLanguageCode=target, **more
        )
        detected = None if source else ours("amazon", answer.get("SourceLanguageCode"))
        return [Translated(answer["TranslatedText"], detected=detected)]

    def reason(self, error: Exception) -> Refused:
        from botocore import exceptions

        if isinstance(error, exceptions.ClientError):
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = str(error.response.get("Error", {}).get("Code", ""))
            kind = _KINDS.get(code) or (FailureKind.UNAVAILABLE if status >= 500 else None)
            if kind is None:
                kind = FailureKind.RATE if status == 429 else FailureKind.CORRUPT
            headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            after = str(headers.get("retry-after", ""))
            return Refused(kind, float(after) if after.isdecimal() else None)
        if isinstance(error, exceptions.ReadTimeoutError | exceptions.ConnectTimeoutError):
            return Refused(FailureKind.TIMEOUT)
        if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
            return Refused(FailureKind.AUTH)
        if isinstance(error, exceptions.HTTPClientError):
            return Refused(FailureKind.UNAVAILABLE)
        return Refused(FailureKind.CORRUPT)

    def _connected(self) -> Any:
        with self._lock_client:
            if self._client is None:
                import boto3
                from botocore.config import Config

                self._client = boto3.client(
                    "translate",
                    region_name=self._region,
                    endpoint_url=self._url,
                    aws_access_key_id=self._keys[0],
                    aws_secret_access_key=self._keys[1],
                    config=Config(
                        retries={"total_max_attempts": 1}, connect_timeout=LONGEST_WAIT, read_timeout=LONGEST_WAIT
                    ),
                )
            return self._client

    def _installed(self) -> bool:
        return importlib.util.find_spec("boto3") is not None
