"""Budgets, breakers and what was billed."""
