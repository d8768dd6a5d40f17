"""The tables of the archive, and the conversion of rows to domain values."""
