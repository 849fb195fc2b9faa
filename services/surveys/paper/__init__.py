"""Printed forms: from a definition to a tagged PDF, in a process of its own, since laying out is work for the processor."""
