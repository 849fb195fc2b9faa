"""What notifications does with what it hears, one module a subject."""
