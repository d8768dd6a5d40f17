"""Who may ask: a token with the scope that it takes. docs/decisions/035-api-tokens.md says why it is so.

Reading needs no token where the page has no password, for then only this machine reaches it, and the gatehouse has seen
to it that no other site's page does; nor for a browser that is signed in. Changing anything always needs a token:
a browser sends none by itself, so that no page of another site can ever write.
"""

from __future__ import annotations

import base64
import binascii

from fastapi import HTTPException, Request, Security
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from crawler.archive.tokens import Scope
from crawler.web.authentication import is_signed_in
from crawler.web.site import Site

MAX_TOKEN = 200  # characters
_OTHERS = {"cross-site", "same-site"}


class Database(SecurityBase):
    """Lets in who shows a token with the scopes that a route asks for. `challenge`: what a 401 asks for."""

    def __init__(self, challenge: str, *, in_address: bool = False) -> None:
        self.model = BearerModel(description="`wirewatch tokens add NAME` makes one; or HTTP Basic, as the password.")
        self.scheme_name = "token"
        self._challenge = challenge
        self._in_address = in_address

    def __call__(self, request: Request, scopes: SecurityScopes) -> None:
        """Raise HTTPException 401 without a good token, 403 where its scopes do not reach."""
        site: Site = request.app.state.site
        token = shown(request)
        if not token and self._in_address:
            token = request.query_params.get("token", "")
        wanted = {Scope(scope) for scope in scopes.scopes}
        if not token:
            if wanted <= {Scope.READ} and is_signed_in(request):
                if (
                    request.headers.get("sec-fetch-site") in _OTHERS
                    and request.headers.get("sec-fetch-dest") != "document"
                ):
                    raise HTTPException(403, "Pages of other sites may not read this.")
                return
            raise self._refused("This needs a token: `wirewatch tokens add NAME` makes one.")
        found = site.archive.tokens.find(token, site.now()) if len(token) <= MAX_TOKEN else None
        if found is None:
            raise self._refused("This token is unknown, was revoked, or has expired.")
        missing = sorted(scope for scope in wanted if not found.allows(scope))
        if missing:
            raise HTTPException(403, f"The token {found.name} lacks the scope {', '.join(missing)}.")

    def _refused(self, detail: str) -> HTTPException:
        return HTTPException(401, detail, headers={"WWW-Authenticate": f'{self._challenge} realm="Wirewatch"'})


_api = Database("Bearer")
_feeds = Database("Basic", in_address=True)
READ = Security(_api, scopes=[Scope.READ])
WRITE = Security(_api, scopes=[Scope.WRITE])
CRAWL = Security(_api, scopes=[Scope.CRAWL])
ADMIN = Security(_api, scopes=[Scope.ADMIN])
READ_FEED = Security(_feeds, scopes=[Scope.READ])


def shown(request: Request) -> str:
    """The token in a request's Authorization: a bearer's, or the password of HTTP Basic; "" for none."""
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
