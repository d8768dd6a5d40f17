"""One Wirewatch for the three faces."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from usecases_faces import Faces
from web.web_samples import WATCH, client_of

from crawler.archive import Archive
from crawler.archive.queries.tokens import Scope
from crawler.runtime import Places, utc_now
from crawler.web import open_site
from crawler.web.server.addresses import addresses


@pytest.fixture
def faces(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faces]:
    for name in [name for name in os.environ if name.startswith("WIREWATCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "Africa/Nairobi")
    time.tzset()
    folder = home / "var"
    folder.mkdir()
    (home / "watch.yaml").write_text(WATCH)
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        archive.tokens.add("writer", "writer", list(Scope), utc_now())
    places = Places(folder, "", f"sqlite:///{folder}/wirewatch.db", 1)
    site = open_site(places, home / "watch.yaml", {}, addresses("127.0.0.1", 8765))
    with client_of(site) as client:
        yield Faces(folder, site, client)
    monkeypatch.undo()
    time.tzset()
