"""Feeds out: RSS, Atom, JSON Feed and JSON Lines for all articles, a source, a tag, a rule or a saved search."""
