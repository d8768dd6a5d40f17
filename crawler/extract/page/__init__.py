"""The parsed page, and what applies to it: hints, overrides, text marks, pagination."""
