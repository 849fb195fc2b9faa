"""Ways out, one module each, all of the same shape: `carry(batch) -> outcomes`."""
