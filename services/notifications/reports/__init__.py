"""The reports on reach and inclusion: what is published, as text, CSV, PDF and pictures."""
