"""Who may use the pages: passwords, sessions, dependencies that authenticate."""
