"""Translation: each text once per language, with where it came from written beside it."""
