"""Use cases: what users can do, implemented once for the command line, the API and the pages."""
