"""Questions decided together, and what came of them."""
