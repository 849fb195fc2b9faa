"""`homeroom`, one verb a file."""
