"""Feeds out: RSS, Atom, JSON Feed and JSON lines for everything, a source, a tag, a rule or a kept search."""
