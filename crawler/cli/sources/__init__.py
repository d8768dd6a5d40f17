"""`wirewatch sources`."""
