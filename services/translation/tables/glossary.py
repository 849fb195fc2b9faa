"""Words of a district and what they are called in each language."""
