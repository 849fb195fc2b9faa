"""Starts things: the one place that names all services, by module path strings."""
