"""Failures of the API as problem details (RFC 9457): with `type` about:blank, `title` is the status' own phrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

API = "/api/"
MEDIA_TYPE = "application/problem+json"
_MEANING = {
    400: "The body cannot be read.",
    401: "A token is needed, or this one is unknown, revoked or expired.",
    403: "The token's scopes do not reach so far.",
    404: "There is no such thing.",
    409: "It changed in the meantime, or something else is in the way.",
    413: "The body is too large.",
    422: "Something in the request cannot be read; `errors` names each place.",
    429: "Others are at it already; try again in a moment.",
    502: "The service behind the page failed.",
    503: "The archive or the service does not answer now.",
}


class Place(BaseModel):
    """One thing in a request that cannot be read."""

    place: str = Field(description="Where it stands, as `query.limit` or `body.until`.", examples=["query.limit"])
    message: str = Field(description="What is wrong.", examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field("about:blank", description="Always about:blank.", examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The status again.", examples=[404])
    detail: str = Field("", description="What happened, for a person.", examples=["There is no article 7."])
    errors: list[Place] = Field(default_factory=list, description="What cannot be read, each with its place.")


def problem(
    status: int, detail: str, *, errors: Sequence[Place] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer for a failure."""
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors))
    kept = {name: value for name, value in (headers or {}).items() if name.lower() != "content-type"}
    return JSONResponse(told.model_dump(), status, kept, media_type=MEDIA_TYPE)


def responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides success, for its documentation; 401, 403 and 503 are common to all."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": _MEANING[code], "content": content} for code in sorted({401, 403, 422, 503, *codes})}
