"""`wirewatch alerts`."""
