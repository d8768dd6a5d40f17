"""Authentication by token and scope. docs/decisions/035-api-tokens.md explains the design.

Reading needs no token if the page has no password, because then only this machine reaches it and the security
middleware rejects other sites, or if the browser is signed in. Every change needs a token: a browser never sends one
by itself, so a page of another site cannot write.
"""

from __future__ import annotations

import base64
import binascii

from fastapi import HTTPException, Request, Security
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from crawler.archive.queries.tokens import Scope
from crawler.web.access.authentication import is_signed_in
from crawler.web.site import Site

MAX_TOKEN = 200  # characters
_OTHERS = {"cross-site", "same-site"}


class TokenSecurity(SecurityBase):
    """Requires a token with the scopes of the route. `challenge`: the authentication scheme in a 401."""

    def __init__(self, challenge: str, *, in_address: bool = False) -> None:
        self.model = BearerModel(
            description="Create one with `wirewatch tokens add NAME`. Send it as a bearer token "
            "or as the password of HTTP Basic."
        )
        self.scheme_name = "token"
        self._challenge = challenge
        self._in_address = in_address

    def __call__(self, request: Request, scopes: SecurityScopes) -> None:
        """Raise HTTPException 401 for a missing or invalid token, 403 if its scopes are insufficient."""
        site: Site = request.app.state.site
        token = token_of(request)
        if not token and self._in_address:
            token = request.query_params.get("token", "")
        required = {Scope(scope) for scope in scopes.scopes}
        if not token:
            if required <= {Scope.READ} and is_signed_in(request):
                if (
                    request.headers.get("sec-fetch-site") in _OTHERS
                    and request.headers.get("sec-fetch-dest") != "document"
                ):
                    raise HTTPException(403, "Cross-site requests cannot read the API.")
                return
            raise self._unauthorized("This request requires a token. Create one with `wirewatch tokens add NAME`.")
        found = site.archive.tokens.find(token, site.now()) if len(token) <= MAX_TOKEN else None
        if found is None:
            raise self._unauthorized("The token is invalid, revoked or expired.")
        missing = sorted(scope for scope in required if not found.allows(scope))
        if missing:
            raise HTTPException(403, f"The token {found.name} lacks the scope {', '.join(missing)}.")

    def _unauthorized(self, detail: str) -> HTTPException:
        return HTTPException(401, detail, headers={"WWW-Authenticate": f'{self._challenge} realm="Wirewatch"'})


_api = TokenSecurity("Bearer")
_feeds = TokenSecurity("Basic", in_address=True)
READ = Security(_api, scopes=[Scope.READ])
WRITE = Security(_api, scopes=[Scope.WRITE])
CRAWL = Security(_api, scopes=[Scope.CRAWL])
ADMIN = Security(_api, scopes=[Scope.ADMIN])
READ_FEED = Security(_feeds, scopes=[Scope.READ])


def token_of(request: Request) -> str:
    """Return the token of a request: a bearer token or the password of HTTP Basic; "" for none."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    value = value.strip()
    if kind.lower() == "bearer":
        return value or "-"
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[2] or "-"
        except (binascii.Error, ValueError):
            return "-"
    return "-" if kind else ""
