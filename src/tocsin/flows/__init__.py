"""Gather through ports, ask the core, act through ports."""
