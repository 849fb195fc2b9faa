"""The servers Homeroom stands on: RabbitMQ and PostgreSQL, found or started privately on loopback."""

from shared.backing.locate import BackingUrls, resolve, urls
from shared.backing.private import PrivateBacking

__all__ = ["BackingUrls", "PrivateBacking", "resolve", "urls"]
