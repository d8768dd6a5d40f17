"""What a process shows of itself: metrics, health, readiness and log lines. The home of prometheus_client.

The lowest room of floor 2: it knows no other room but the errors, so that whatever happens anywhere above can be
counted where it happens.
"""
