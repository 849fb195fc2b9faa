"""The queue of what a person must look at, and what was edited."""
