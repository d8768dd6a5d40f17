"""API tokens, managed with the scope `admin`. Create the first token on the command line."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field

from crawler.archive.queries.tokens import PREFIX, ApiToken, Scope
from crawler.web.api.access import ADMIN
from crawler.web.api.problems import responses
from crawler.web.site import SiteOf

MAX_DAYS = 3650
_SECRET_BYTES = 32
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$"

router = APIRouter(prefix="/tokens", tags=["tokens"], dependencies=[ADMIN])


class TokenOut(BaseModel):
    """A token, without its secret."""

    name: str = Field(examples=["newsroom-bot"])
    scopes: list[Scope]
    created: datetime
    expires: datetime | None


class NewToken(TokenOut):
    """A new token."""

    token: str = Field(description="The secret. It is shown only once.", examples=["wirewatch_..."])


class TokenRequest(BaseModel):
    """A token to create."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "newsroom-bot", "scopes": ["read"], "days": 90}]}
    )
    name: str = Field(pattern=_NAME, description="Name of the client that uses the token.")
    scopes: list[Scope] = Field(default=[Scope.READ], min_length=1, max_length=len(Scope))
    days: int | None = Field(
        None,
        ge=1,
        le=MAX_DAYS,
        description="Days until the token expires; without it, the token is valid until revoked.",
    )


@router.get("", responses=responses())
def tokens(site: SiteOf) -> list[TokenOut]:
    """List the tokens."""
    return [TokenOut(**_values(one)) for one in site.archive.tokens.listed()]


@router.post("", status_code=201, responses=responses(400, 409, 413))
def create(site: SiteOf, request: TokenRequest) -> NewToken:
    """Create a token."""
    now, token = site.now(), PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    expires = now + timedelta(days=request.days) if request.days else None
    created = site.archive.tokens.add(request.name, token, set(request.scopes), now, expires)
    if created is None:
        raise HTTPException(409, "A token with this name already exists.")
    return NewToken(**_values(created), token=token)


@router.delete("/{name}", status_code=204, responses=responses(404))
def revoke(site: SiteOf, name: Annotated[str, Path(max_length=100, description="Token name.")]) -> None:
    """Revoke a token."""
    if not site.archive.tokens.revoke(name):
        raise HTTPException(404, "This token does not exist.")


def _values(one: ApiToken) -> dict[str, object]:
    return {"name": one.name, "scopes": sorted(one.scopes), "created": one.created, "expires": one.expires}
