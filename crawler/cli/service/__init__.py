"""`wirewatch run`, `web`, `demo` and the single roles."""
