"""`wirewatch rules`."""
