"""Verbs that run."""
