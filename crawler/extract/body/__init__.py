"""The article body: blocks of text, chosen among trafilatura's passes and completed."""
