"""The query language: from text to a compiled rule, with corrections of errors."""
