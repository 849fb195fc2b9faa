"""Pure rules: no clock, no database."""
