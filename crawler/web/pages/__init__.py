"""Pages: one router per subject, all listed in crawler.web.app."""
