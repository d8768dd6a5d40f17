"""Matching of articles against rules."""
