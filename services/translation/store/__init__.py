"""The SQL of translation, by what it is about."""
