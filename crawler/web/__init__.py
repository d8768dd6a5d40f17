"""The web page: a separate process that reads the archive, edits the watch file and calls the service through Redis."""

from crawler.web.app import create_app
from crawler.web.site import Site, open_site

__all__ = ["Site", "create_app", "open_site"]
