"""Due times: cron schedules, publishing patterns, revisits, the due queue, local time. Pure functions."""
