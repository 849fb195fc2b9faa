"""Notifications' pages, JSON and webhooks: importing the route modules fills `api`."""

from services.notifications.web import (
    compose,
    deliveries,
    email,
    family,
    inbox,
    listen,
    paper,
    push,
    today,
    voice,
    webhooks,
    whatsapp,
)
from services.notifications.web.routes import api

__all__ = [
    "api",
    "compose",
    "deliveries",
    "email",
    "family",
    "inbox",
    "listen",
    "paper",
    "push",
    "today",
    "voice",
    "webhooks",
    "whatsapp",
]
