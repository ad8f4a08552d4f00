"""Searches for what holds an event loop up: see __main__.py."""
