"""API errors as problem details (RFC 9457). Because `type` is about:blank, `title` is the reason phrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

API = "/api/"
MEDIA_TYPE = "application/problem+json"
_MEANING = {
    400: "The request body could not be parsed.",
    401: "The token is missing, invalid, revoked or expired.",
    403: "The token lacks the required scope, or the request is cross-site.",
    404: "The resource does not exist.",
    409: "The request conflicts with the current state.",
    413: "The request body is too large.",
    422: "The request has invalid parameters; `errors` lists them.",
    429: "Too many concurrent requests; try again later.",
    502: "The service failed.",
    503: "The archive or the service is unavailable.",
}


class Place(BaseModel):
    """One invalid part of a request."""

    place: str = Field(
        description="Location of the invalid value, such as `query.limit` or `body.until`.", examples=["query.limit"]
    )
    message: str = Field(
        description="Why the value is invalid.", examples=["Input should be greater than or equal to 1"]
    )


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field("about:blank", description="Always about:blank.", examples=["about:blank"])
    title: str = Field(description="The reason phrase of the status.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field("", description="Human-readable explanation.", examples=["Article 7 does not exist."])
    errors: list[Place] = Field(default_factory=list, description="The invalid values, each with its location.")


def problem(
    status: int, detail: str, *, errors: Sequence[Place] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the response for an error."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors))
    kept = {name: value for name, value in (headers or {}).items() if name.lower() != "content-type"}
    return JSONResponse(body.model_dump(), status, kept, media_type=MEDIA_TYPE)


def responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a route for the OpenAPI document; 401, 403, 422 and 503 are common to all."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": _MEANING[code], "content": content} for code in sorted({401, 403, 422, 503, *codes})}
