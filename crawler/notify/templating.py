"""Operators' templates: checked when they are read, rendered in a separate process with limits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence

from jinja2 import Environment, TemplateSyntaxError

from crawler.errors import NotifyError
from crawler.items import Alert
from crawler.notify.message import alert_json
from crawler.text.shown import visible

TIMEOUT_S = 3.0
START_S = 10.0
_MAX_LINE = 2**22  # bytes of an answer


def check_template(channel: str, text: str) -> None:
    """Raise NotifyError for a template with syntax errors, without running it."""
    try:
        Environment(autoescape=False).parse(text)  # noqa: S701 - plain text, and never rendered here
    except TemplateSyntaxError as error:
        message = f"template error, line {error.lineno}: {error.message}"
        raise NotifyError(message, retryable=False, subject=channel) from error


class Templates:
    """A renderer of templates, one at a time. Its process starts on first use, and again after a template that hung."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def render(self, channel: str, template: str, alerts: Sequence[Alert]) -> str:
        """Return the text of a message. Raises NotifyError for a template that fails, hangs or prints too much."""
        request = json.dumps({"template": template, "alerts": [alert_json(alert) for alert in alerts]})
        async with self._turn:
            process = await self._running()
            try:
                answer = await asyncio.wait_for(_request(process, request), self._timeout_s)
            except TimeoutError:
                await self.close()
                answer = {"error": f"the template did not finish within {self._timeout_s:g} s"}
            except (OSError, ValueError):  # the process died, most likely out of memory
                await self.close()
                answer = {"error": "the template process died, most likely because it ran out of memory"}
        if "text" not in answer:
            raise NotifyError(answer.get("error", "no answer"), retryable=False, subject=channel)
        return visible(answer["text"])  # templates receive article text unchanged

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if process.stdin is not None:
                process.stdin.close()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "crawler.notify.rendering",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_MAX_LINE,
            )
            ready = json.dumps({"template": "", "alerts": []})
            await asyncio.wait_for(_request(self._process, ready), START_S)
        return self._process


async def _request(process: asyncio.subprocess.Process, request: str) -> dict[str, str]:
    assert process.stdin is not None  # both are pipes
    assert process.stdout is not None
    process.stdin.write(request.encode() + b"\n")
    await process.stdin.drain()
    found: dict[str, str] = json.loads(await process.stdout.readline())
    return found
