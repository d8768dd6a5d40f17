"""The example notebook runs against a live server: its cells are executed in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from api_server import Furnished, served

NOTEBOOK = Path(__file__).parents[2] / "docs" / "examples" / "articles.ipynb"


@pytest.mark.slow
@pytest.mark.parametrize("token", ["", "token-read"])
def test_the_notebook_reads_articles_and_draws(own: Furnished, monkeypatch: pytest.MonkeyPatch, token: str):
    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    known: dict[str, Any] = {}
    with served(own.folder) as site:
        monkeypatch.setenv("WIREWATCH_URL", site.addresses.base)
        monkeypatch.setenv("WIREWATCH_TOKEN", token)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                source = (
                    "".join(cell["source"]).replace("since=30d", "since=2026-01-01").replace('"30d"', '"2026-01-01"')
                )
                exec(compile(source, NOTEBOOK.name, "exec"), known)
    try:
        assert len(known["articles"]) == len(own.ids)
        assert known["per_day"]["coast"].sum() == 60
        assert sum(bar.get_height() for bar in known["axes"].patches) == len(own.ids)
        assert known["axes"].get_title() == "Articles a day"
        assert len(known["hits"]) > 50  # more than one page
        assert known["hits"]["why"].str.contains("«").all()
    finally:
        plt.close("all")
