"""Warm-up: importing this module extracts one page.

The fork server of the extraction processes imports it, so that they all inherit the loaded models and tables.
"""

from __future__ import annotations

from typing import Final

from crawler.extract import examine, traits

PAGE: Final = (
    b"<html><head><title>Warm</title></head><body><article><h1>Warm</h1><p>Up.</p></article></body></html>",
    "https://warm.example/up",
)

traits(examine(*PAGE))
