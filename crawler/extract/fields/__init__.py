"""The fields of an article: title, authors, dates, language and the other metadata of a page."""
