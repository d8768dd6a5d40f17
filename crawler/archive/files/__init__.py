"""Articles as files: exports, rolling item feeds, WARC, copies in a bucket."""
