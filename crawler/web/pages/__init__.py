"""One router for each subject; crawler.web.app lists them."""
