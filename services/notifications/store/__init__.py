"""All SQL of notifications: set-based, explicit columns, one module a subject."""
