"""Which sources hubs push, for `wirewatch sources list`: a running service is asked where there is one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from settings import env

if TYPE_CHECKING:
    from crawler.state import Pushed


def pushes_now(sources: Collection[str]) -> dict[str, Pushed]:
    """Of these sources those that are pushed, in part at least; none where no service is running."""
    url, folder = env.redis_url(os.environ), env.state_folder(os.environ)
    if not sources or not (url or folder.is_dir()):
        return {}
    from crawler.state import answers, socket_path  # noqa: PLC0415
    from crawler.usecases.pushes import pushes_of  # noqa: PLC0415  redis-py takes a while to load

    path = socket_path(folder)
    return asyncio.run(pushes_of(url or (f"unix://{path}" if answers(path) else ""), sources, datetime.now(UTC)))


def line_of(one: Pushed) -> str:
    """For a person, as the page says it."""
    from crawler.usecases.pushes import said_of  # noqa: PLC0415  as above

    return said_of(one)
