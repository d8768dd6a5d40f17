"""Backups, retention, disk usage, vacuum."""
