"""The current canary: its token, when it was published, and which stages it has passed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from crawler.health.canary import Canary, Stage
from crawler.state import keys
from crawler.state.client import Script, failures

# KEYS: canary. ARGV: token ("": whichever is current), stage, seconds since 1970.
_MARK = """
local current = redis.call('HGET', KEYS[1], 'token')
if not current or (ARGV[1] ~= '' and ARGV[1] ~= current) then return 0 end
return redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3])
"""


class CanaryMemory:
    """The current canary. Every method raises StateError when Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pass = Script(redis, _MARK)

    async def publish(self, canary: Canary) -> None:
        """Make this the current canary. Publishing it again has no effect."""
        fields: dict[Any, Any] = {"token": canary.token, Stage.PUBLISHED.value: canary.published.timestamp()}
        async with failures("publishing the canary"):
            if await self._redis.hget(keys.CANARY, "token") in {canary.token, canary.token.encode()}:
                return
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(keys.CANARY)
                pipe.hset(keys.CANARY, mapping=fields)
                pipe.expire(keys.CANARY, keys.CANARY_TTL_S)
                await pipe.execute()

    async def pass_stage(self, stage: Stage, now: datetime, token: str = "") -> None:
        """Record that the canary (the current one, or only that with this token) has passed a stage."""
        async with failures("recording a stage of the canary"):
            await self._pass(keys=[keys.CANARY], args=[token, stage.value, now.timestamp()])

    async def current(self) -> tuple[Canary, dict[Stage, datetime]] | None:
        """Return the current canary and when it passed its stages; None if there is none."""
        async with failures("reading the canary"):
            found = await self._redis.hgetall(keys.CANARY)
        fields = {_text(name): _text(value) for name, value in found.items()}
        if "token" not in fields or Stage.PUBLISHED.value not in fields:
            return None
        times = {stage: _time(fields[stage.value]) for stage in Stage if stage.value in fields}
        return Canary(fields["token"], times[Stage.PUBLISHED]), times

    async def end(self) -> None:
        """Withdraw the current canary."""
        async with failures("withdrawing the canary"):
            await self._redis.delete(keys.CANARY)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _time(value: str) -> datetime:
    return datetime.fromtimestamp(float(value), UTC)
