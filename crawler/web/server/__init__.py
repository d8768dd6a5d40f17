"""The web server: settings, connections, limits, security headers, static files, probes."""
