"""Sources of the watch file: new entries, changes, and what to question before saving."""
