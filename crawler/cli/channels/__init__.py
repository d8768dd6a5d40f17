"""`wirewatch channels`."""
