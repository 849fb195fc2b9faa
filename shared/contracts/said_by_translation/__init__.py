"""The contracts of translation, by what they are about."""
