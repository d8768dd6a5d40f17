"""`wirewatch items`."""
