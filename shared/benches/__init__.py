"""`homeroom bench`: measurements as commands, never as timed tests. Peers live in an environment of their own."""
