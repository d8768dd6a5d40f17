"""Access to the pages: passwords, sessions, authentication dependencies."""
