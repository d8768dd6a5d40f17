"""A page parsed once, and what is known about it: hints, overrides, markers, its further pages."""
