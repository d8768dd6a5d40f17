"""Wirewatch: watches the news for you. See docs/architecture.md for the floors of this package."""
