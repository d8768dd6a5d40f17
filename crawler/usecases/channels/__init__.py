"""Channels: services and their addresses, creating and editing, times of digests."""
