"""The process that renders operators' templates: small, isolated from the service's memory, killed when too slow.

`python -m crawler.notify.rendering` reads one JSON object per line, {template, alerts}, and answers each with {text}
or {error}. A template sees the fields of one alert as plain values; it is rendered once for each alert of a message.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_BYTES = 400 * 2**20  # of memory, including the interpreter's own 60 MB
MAX_CHARS = 100_000  # of a message's rendered template


def main() -> None:
    """Answer requests until standard input ends."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # systems without this limit still have the time limit
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def answer(request: dict[str, Any]) -> dict[str, str]:
    """Return the rendered text, or the error in the template."""
    try:
        # optimized=False: constants such as 9**9**9 must not be computed while the template is parsed
        environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined, optimized=False)
        template = environment.from_string(request["template"])
        parts = [_cut(template.generate(alert)) for alert in request["alerts"]]
    except MemoryError:
        return {"error": "the template ran out of memory"}
    except TemplateError as error:
        number = getattr(error, "lineno", None)
        line = f", line {number}" if number else ""
        return {"error": f"template error{line}: {error.message or type(error).__name__}"[:300]}
    except Exception as error:  # noqa: BLE001 - whatever an operator's expression raises
        return {"error": f"template error: {type(error).__name__}: {error}"[:300]}
    text = "\n\n".join(parts)
    return (
        {"text": text} if len(text) <= MAX_CHARS else {"error": f"the template output exceeds {MAX_CHARS:,} characters"}
    )


def _cut(pieces: Iterable[str]) -> str:
    """Join the pieces, and stop rendering once the text is too long."""
    parts: list[str] = []
    space = MAX_CHARS + 1
    for piece in pieces:
        parts.append(piece[:space])
        space -= len(piece)
        if space <= 0:
            break
    return "".join(parts).strip()


if __name__ == "__main__":
    main()
