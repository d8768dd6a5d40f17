"""What the archive knows of what was missed: which listings named an article, and which outlets articles cite."""
