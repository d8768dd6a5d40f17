"""The web page: a process of its own that reads the archive, edits the watch file and asks the service by Redis."""

from crawler.web.app import create_app
from crawler.web.site import Site, open_site

__all__ = ["Site", "create_app", "open_site"]
