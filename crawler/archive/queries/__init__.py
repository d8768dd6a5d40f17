"""Reads and writes of the archive, one module for each subject."""
