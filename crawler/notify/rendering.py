"""The process in which operators' templates run: small, without rights to the service's memory, ended when too slow.

`python -m crawler.notify.rendering` reads one JSON object a line, {template, alerts}, and answers each with {text} or
{error}. A template sees the fields of one alert as plain values; it is rendered once for each alert of a message.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_BYTES = 400 * 2**20  # of memory, the interpreter's own 60 MB in it
MAX_CHARS = 100_000  # of all that one message's template prints


def main() -> None:
    """Answer until standard input ends."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # where the system knows no such limit, time limits
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def answer(order: dict[str, Any]) -> dict[str, str]:
    """The text that the template makes of the alerts, or what is wrong with it."""
    try:
        # optimized=False: constants such as 9**9**9 must not be worked out while it is only read
        environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined, optimized=False)
        template = environment.from_string(order["template"])
        parts = [_cut(template.generate(alert)) for alert in order["alerts"]]
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
    """The pieces as one text; no more is made once it is too long."""
    made: list[str] = []
    room = MAX_CHARS + 1
    for piece in pieces:
        made.append(piece[:room])
        room -= len(piece)
        if room <= 0:
            break
    return "".join(made).strip()


if __name__ == "__main__":
    main()
