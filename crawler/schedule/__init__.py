"""When something is due: intervals, cron lines, publishing patterns, revisits, local time. Pure functions."""
