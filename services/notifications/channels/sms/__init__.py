"""Text messages, by whatever account."""
