"""The contracts of scheduling, by what they are about."""
