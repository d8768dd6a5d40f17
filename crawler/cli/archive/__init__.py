"""`wirewatch archive` and `wirewatch reextract`."""
