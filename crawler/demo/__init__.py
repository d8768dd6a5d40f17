"""The demo newspaper on loopback: three outlets that publish, edit and withdraw articles while you watch.

It shows new users everything that Wirewatch does, without a network, and lets tests compare crawled articles with the
truth: the content of each page is a pure function of the start of the newspaper and the current time.
"""

from crawler.demo.server import Demo, serve_demo
from crawler.demo.truth import Truth, truth, truths

__all__ = ["Demo", "Truth", "serve_demo", "truth", "truths"]
