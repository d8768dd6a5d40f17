"""How long an answer may take before a face goes on without it, the same for all of them."""

from __future__ import annotations

SEARCH_S = 2.0  # then what was found is shown, with a link or a cursor that goes on
SERVICE_S = 5.0  # for a running service, or its Redis, to answer
