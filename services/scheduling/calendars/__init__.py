"""Calendar files: written so that every reader means the same instants, read without trusting a byte of them."""
