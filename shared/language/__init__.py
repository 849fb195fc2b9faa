"""How languages write: tags, dates, numbers, plurals, direction, and ICU messages compiled for them. Pure; no service's."""
