"""A survey by telephone, on the side that places the call: in a voice of the family's language, or by a person."""
