"""`python -m crawler` is `wirewatch`."""

from crawler.cli import main

main()
