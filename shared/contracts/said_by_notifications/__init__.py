"""The contracts of notifications, by what they are about."""
