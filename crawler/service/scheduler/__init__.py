"""The scheduler role: due times become tasks, and the work that only the leader does."""
