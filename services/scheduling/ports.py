"""What scheduling reaches the world through: links for guardians, and where video meetings take place."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.identity import Links

VIDEO_BASE = "HOMEROOM_VIDEO_BASE"  # e.g. a Jitsi server of the district; without it no video is offered
# names of calendar servers inside the district's own network, with commas: others must be public and speak https
CALENDAR_HOSTS = "HOMEROOM_CALENDAR_HOSTS"
FEED_LASTS = timedelta(days=3650)  # a feed ends by being switched off


@dataclass(frozen=True)
class Ports:
    """`links` signs, `base_url` is where this cell's pages are, `video_base` ends with a slash."""

    links: Links
    base_url: str
    video_base: str | None = None
    calendar_hosts: frozenset[str] = frozenset()

    def offer_link(
        self, district: str, guardian_id: str, offer_id: str, *, expires_at: datetime, language: str, school: str
    ) -> str:
        """The page with the slots of one offer; the same offer has the same link."""
        token = self.links.issue(
            district,
            guardian_id,
            purpose="offer",
            resource=offer_id,
            expires_at=expires_at,
            language=language,
            school=school,
            jti=f"o-{offer_id}",
        )
        return f"{self.base_url}/scheduling/o/{token}"

    def meeting_link(
        self,
        district: str,
        guardian_id: str,
        meeting_id: str,
        *,
        sequence: int,
        expires_at: datetime,
        language: str,
        school: str,
    ) -> str:
        """The page of one booking; moving or cancelling it uses the link up, and a move brings a new one."""
        token = self.links.issue(
            district,
            guardian_id,
            purpose="meeting",
            resource=meeting_id,
            expires_at=expires_at,
            language=language,
            school=school,
            jti=f"m-{meeting_id}-{sequence}",
        )
        return f"{self.base_url}/scheduling/m/{token}"

    def round_link(
        self,
        district: str,
        guardian_id: str,
        round_id: str,
        *,
        version: int,
        expires_at: datetime,
        language: str,
        school: str,
    ) -> str:
        """The page of a conference round; an answer uses the link up, and `version` counts the answers."""
        token = self.links.issue(
            district,
            guardian_id,
            purpose="round",
            resource=round_id,
            expires_at=expires_at,
            language=language,
            school=school,
            jti=f"r-{round_id}-{guardian_id}-{version}",
        )
        return f"{self.base_url}/scheduling/r/{token}"

    def page_link(
        self,
        path: str,
        district: str,
        guardian_id: str,
        *,
        purpose: str,
        resource: str,
        expires_at: datetime,
        language: str,
        school: str,
        jti: str,
    ) -> str:
        """A page of the loop (plans, notes, promises). One that changes something has a `jti` of its own: it works once."""
        token = self.links.issue(
            district,
            guardian_id,
            purpose=purpose,
            resource=resource,
            expires_at=expires_at,
            language=language,
            school=school,
            jti=jti,
        )
        return f"{self.base_url}{path}/{token}"

    def occasion_room(self, district: str, occasion_id: str, *, expires_at: datetime) -> str | None:
        """Where an occasion takes place online: a room that only who holds a link to the occasion is shown."""
        if self.video_base is None:
            return None
        secret = self.links.issue(
            district, occasion_id, purpose="room", resource=occasion_id, expires_at=expires_at, jti=f"v-{occasion_id}"
        )
        return f"{self.video_base}{hashlib.sha256(secret.encode()).hexdigest()[:32]}"

    def feed_link(self, district: str, feed_id: str, owner_id: str, *, made_at: datetime) -> str:
        """Where a calendar program finds a person's meetings; the same feed has the same link."""
        token = self.links.issue(
            district, owner_id, purpose="feed", resource=feed_id, expires_at=made_at + FEED_LASTS, jti=f"f-{feed_id}"
        )
        return f"{self.base_url}/scheduling/feeds/{token}.ics"

    def interpreter_link(self, district: str, interpreter_id: str, meeting_id: str, *, expires_at: datetime, school: str) -> str:
        """The page on which one interpreter accepts one meeting."""
        token = self.links.issue(
            district,
            interpreter_id,
            purpose="interpret",
            resource=meeting_id,
            expires_at=expires_at,
            school=school,
            jti=f"i-{meeting_id}-{interpreter_id}",
        )
        return f"{self.base_url}/scheduling/i/{token}"

    def place_link(
        self, district: str, guardian_id: str, sign_up_id: str, *, expires_at: datetime, language: str, school: str
    ) -> str:
        """The page of a family's place in a pool: take it, or give it back."""
        token = self.links.issue(
            district,
            guardian_id,
            purpose="place",
            resource=sign_up_id,
            expires_at=expires_at,
            language=language,
            school=school,
            jti=f"p-{sign_up_id}",
        )
        return f"{self.base_url}/scheduling/p/{token}"

    def modes(self, wanted: list[str]) -> list[str]:
        """Those of the ways to meet that can be had here."""
        return [mode for mode in wanted if mode != "video" or self.video_base]

    def dial_in(self, mode: str, meeting_id: str, *, office_phone: str | None) -> str | None:
        """Where to call or go: the school's number, or a room that cannot be guessed."""
        if mode == "video" and self.video_base:
            return f"{self.video_base}{meeting_id}"
        return office_phone if mode == "phone" else None


def build_ports(runtime: Any) -> Ports:
    """For a process: keys and addresses from its runtime, the servers of the district's own from the environment."""
    video = os.environ.get(VIDEO_BASE)
    hosts = frozenset(name.strip().lower() for name in os.environ.get(CALENDAR_HOSTS, "").split(",") if name.strip())
    return Ports(
        Links(runtime.link_key), runtime.cell.base_url, video.rstrip("/") + "/" if video else None, calendar_hosts=hosts
    )
