"""What has been seen: canonical URLs, content, near copies. Pure; the sets live in `crawler.state`."""
