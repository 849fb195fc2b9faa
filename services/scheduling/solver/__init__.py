"""Conference rounds: wishes in, a plan out."""
