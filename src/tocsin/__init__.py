"""Tocsin: an alarm bell for AWS identities."""

__version__ = "0.1.0"
