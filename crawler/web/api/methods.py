"""Allowed methods of an address, for the Allow header of a 405 (RFC 9110, 15.5.6)."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path


def allowed(app: FastAPI, path: str) -> str:
    """The methods of the routes that fit a path, of those with the fewest parameters: "GET, POST"; "" for no route."""
    fits: dict[int, set[str]] = {}
    for context in iter_route_contexts(app.routes):
        found, _, parameters = compile_path(context.path or "")
        if found.match(path) and context.methods and context.include_in_schema:
            fits.setdefault(len(parameters), set()).update(context.methods)
    return ", ".join(sorted(fits[min(fits)])) if fits else ""
