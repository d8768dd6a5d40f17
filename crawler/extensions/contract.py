"""The contract of spiders: the attributes through which a spider describes its crawl to the other components."""

from __future__ import annotations

from scrapy.crawler import Crawler

from crawler.config import Source, Watch
from crawler.errors import ConfigError
from crawler.networks import host_of, is_private_name
from crawler.runtime import Runtime


class SpiderContract:
    """What components read from a spider. The defaults hold for spiders that are not ours, such as Scrapy's shell."""

    source: Source | None = None  # None: not a source of the watch file
    watch: Watch = Watch()
    runtime: Runtime | None = None  # the service's; None: the crawl opens its own
    task: str = ""  # the id of the run; "": a new one
    url: str = ""  # the address that the command line gave
    config_error: ConfigError | None = None  # why the crawl cannot begin
    run_prefix: str = ""  # set: the runs are not polls of the source and may run beside one
    keeps_history: bool = True  # False: runs and listings are not recorded

    @staticmethod
    def of(crawler: Crawler) -> SpiderContract:
        """Return the spider of a crawl; the defaults for a spider without a contract."""
        return crawler.spider if isinstance(crawler.spider, SpiderContract) else SpiderContract()

    @property
    def inside(self) -> frozenset[str]:
        """The hosts on private networks that the crawl may reach: those of its source, or of the address it was given.

        Other hosts on private networks are refused.
        """
        if self.source is not None:
            return self.source.private_network_hosts
        host = host_of(self.url)
        return frozenset((host,) if is_private_name(host) else ())
