"""Notifications' pages, JSON and webhooks: importing the route modules fills `api`."""

from services.notifications.web import (
    brief,
    compose,
    deliveries,
    email,
    family,
    guide,
    inbox,
    listen,
    media,
    paper,
    push,
    rhythm,
    today,
    voice,
    webhooks,
    whatsapp,
)
from services.notifications.web.routes import api

__all__ = [
    "api",
    "brief",
    "compose",
    "deliveries",
    "email",
    "family",
    "guide",
    "inbox",
    "listen",
    "media",
    "paper",
    "push",
    "rhythm",
    "today",
    "voice",
    "webhooks",
    "whatsapp",
]
