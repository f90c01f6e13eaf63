"""Prove on real traffic that the new service answers like the monolith."""

__version__ = "0.1.0"
