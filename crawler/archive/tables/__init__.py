"""The tables of the archive, and rows as domain values."""
