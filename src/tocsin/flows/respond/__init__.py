"""Responding: what comes is taken in, what is new is told, and what is old is taken out."""
