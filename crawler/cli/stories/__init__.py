"""`wirewatch stories`."""
