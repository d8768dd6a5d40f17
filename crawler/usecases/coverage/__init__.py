"""Coverage at a glance: figures of sources, rules and the canary, and their wording."""
