"""Paper: pages of HTML to one tagged PDF, by a process beside the one that asks."""
