"""Which records are one story."""
