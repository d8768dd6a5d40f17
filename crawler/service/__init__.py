"""The service: schedule, tasks, crawls and deliveries in one event loop."""
