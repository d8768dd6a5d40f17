"""A small newspaper of our own on loopback: three outlets that publish, edit and withdraw articles while one watches.

It lets a new user see everything that Wirewatch does without a network, and lets tests compare what was crawled with
the truth: what each page says and when is a pure function of when the newspaper started and what time it is.
"""

from crawler.demo.server import Demo, serve_demo
from crawler.demo.truth import Truth, truth, truths

__all__ = ["Demo", "Truth", "serve_demo", "truth", "truths"]
