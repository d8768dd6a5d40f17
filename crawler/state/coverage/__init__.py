"""State in Redis about what may have been missed."""
