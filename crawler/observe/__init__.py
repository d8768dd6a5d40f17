"""Observability of a process: metrics, health, readiness and log lines. The home of prometheus_client.

The lowest package of floor 2: it imports only the errors, so that every package above can count events where they
happen.
"""
