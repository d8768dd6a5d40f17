"""The fields of an article: title, authors, dates, language and what else a page declares."""
