"""The contracts of surveys, by what they are about."""
