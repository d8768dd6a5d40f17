"""Discovery of articles: feeds, sitemaps, section pages, and the exploration of a new site. Pure functions."""
