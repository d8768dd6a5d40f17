"""The query language: from text to a compiled rule, with explanations of errors."""
