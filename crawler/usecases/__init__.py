"""What a user can do, once for the command line, the API and the pages, which parse, call it and render."""
