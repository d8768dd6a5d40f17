"""The full-text index and search in the query language of the rules."""
