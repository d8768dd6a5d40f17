"""Matching: which rules an article matches, and where."""
