"""Rendering of values for pages: templates, charts, highlighted text, word differences."""
