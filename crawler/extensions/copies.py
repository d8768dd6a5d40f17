"""The pages of articles that are on their way to the archive."""

from __future__ import annotations

from datetime import datetime

from scrapy.http import Response

from crawler.archive import Page

MOST = 100  # articles on their way at once; an older one loses its pages, never its text


class Copies:
    """Pages by the address of the article that was read from them; forgotten when taken."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[Page, ...]] = {}

    def note(self, url: str, responses: list[Response], now: datetime) -> None:
        """Hold the pages of the article at `url`."""
        while len(self._pages) >= MOST:
            del self._pages[next(iter(self._pages))]
        self._pages[url] = tuple(copy_of(response, now) for response in responses)

    def take(self, url: str) -> tuple[Page, ...]:
        """The pages of the article at `url`; () where there are none, or none are kept."""
        return self._pages.pop(url, ())


def copy_of(response: Response, now: datetime) -> Page:
    """A response as the archive keeps it."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in (values if isinstance(values, list) else [values])
    )
    return Page(response.url, now, response.body, response.status, headers)
