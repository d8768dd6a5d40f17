"""The runtime that all crawls of a process share: watch file, rules, Redis, archive, extraction processes.

The service opens one and passes it to every crawl as the spider argument `runtime`; a crawl started by Scrapy's own
command opens its own (crawler.extensions.context).
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive import Archive, Stored
from crawler.archive.async_archive import AsyncArchive
from crawler.config import Source, Watch
from crawler.config.hidden import HIDDEN_RULE, hidden_source
from crawler.errors import BusyError
from crawler.health.canary import CANARY
from crawler.items import Article, Run
from crawler.observe.logs import HIDDEN
from crawler.pool import ExtractorPool
from crawler.rules import Matcher, compile_rule
from crawler.state import EmbeddedServer, State, answers, service_url, socket_path

MANY_RULES = 1000  # from so many on, they are built without the cyclic collector
MOST_CHANGES = 200  # rules in the small index; with more, all rules are indexed again

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the current time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a process keeps its state."""

    folder: Path
    redis_url: str  # "" for the embedded server
    database_url: str
    extractors: int  # processes

    @property
    def service_url(self) -> str:
        """The Redis of a service that may be running; "" when none can be."""
        return service_url(self.folder, self.redis_url)


@dataclass(slots=True)
class Runtime:
    """The shared parts of one process. `watch` and `matcher` are replaced together when the watch file changes."""

    watch: Watch
    state: State
    archive: AsyncArchive
    pool: ExtractorPool
    server: EmbeddedServer | None = None
    matcher: Matcher = field(default_factory=lambda: Matcher(()))
    channels: dict[str, tuple[str, ...]] = field(default_factory=dict)  # rule id -> channels to notify
    rule_kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)  # rule id -> the kinds of its alerts
    canary_feed: str = ""  # the address of the canary's feed in this process; "": it is not served here
    now: Callable[[], datetime] = utc_now
    on_stored: list[Callable[[Article, Stored], None]] = field(default_factory=list)
    on_outgoing: list[Callable[[], None]] = field(default_factory=list)  # there are new alerts to send
    on_run: list[Callable[[Run], None]] = field(default_factory=list)
    on_note: list[Callable[[str], None]] = field(default_factory=list)
    on_waiting: list[Callable[[int], None]] = field(default_factory=list)  # crawls that only wait
    ending: asyncio.Event = field(default_factory=asyncio.Event)  # set by `drop_work`
    check_credit: dict[str, float] = field(default_factory=dict)  # by source: requests earned for checks
    _waiting: set[str] = field(default_factory=set)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    async def open(cls, watch: Watch, places: Places, *, owner: bool, extracts: bool = True) -> Runtime:
        """Open everything. `owner`: require the folder of state for this process alone, as the service does.

        A process that is not an owner joins the server of a running service, and becomes the owner if none runs.
        `extracts`: start the extraction processes now.
        Raises BusyError if another service uses the folder, StateError, ArchiveError.
        """
        async with AsyncExitStack() as stack:
            server, url = await stack.enter_async_context(_server(places, owner=owner))
            state = State.connect(url)
            stack.push_async_callback(state.close)
            opened = await asyncio.to_thread(Archive.open, places.database_url)
            stack.callback(opened.close)
            archive = AsyncArchive(opened)
            stack.push_async_callback(archive.close)
            pool = ExtractorPool(places.extractors)
            stack.push_async_callback(pool.close)
            if extracts:
                pool.warm()
            runtime = cls(watch, state, archive, pool, server)
            runtime.use(watch)
            runtime._stack = stack.pop_all()
        return runtime

    def use(self, watch: Watch) -> None:
        """Apply a watch file. Crawls that are running keep the old one's sources and use the new one's rules.

        Only changed rules are compiled. May run in a thread: attributes are set when everything is prepared.
        """
        HIDDEN.hide(watch.secrets)
        matcher = self._matcher_for(watch)
        channels = {rule.id: rule.send for rule in watch.rules} | {CANARY: HIDDEN_RULE.send}
        rule_kinds: dict[str, tuple[str, ...]] = {rule.id: rule.on for rule in watch.rules}
        self.watch, self.channels, self.rule_kinds, self.matcher = watch, channels, rule_kinds, matcher

    def _matcher_for(self, watch: Watch) -> Matcher:
        rules = {rule.id: rule for rule in watch.rules if not rule.paused}
        if watch.lists == self.watch.lists:
            old = {rule.id: rule for rule in self.watch.rules}
            known = {rule.id for rule in self.matcher.rules}
            fresh = [rule for name, rule in rules.items() if name not in known or rule != old.get(name)]
            gone = known - rules.keys() - {CANARY}
        else:
            fresh, gone, known = list(rules.values()), set(), set()
        with _no_collection(len(fresh)):
            changed = [compile_rule(rule.spec(watch.lists)) for rule in fresh]
            if CANARY not in known:
                changed.append(compile_rule(HIDDEN_RULE))
            if not known:
                return Matcher(changed)
            matcher = self.matcher.with_changes(changed, gone)
            return matcher.rebuilt() if matcher.changes > MOST_CHANGES else matcher

    def source(self, source_id: str) -> Source | None:
        """Return a source of the watch file, or the hidden one of the canary if this process serves it."""
        if source_id == CANARY:
            return hidden_source(self.canary_feed) if self.watch.canary and self.canary_feed else None
        return self.watch.source_by_id.get(source_id)

    def note_waiting(self, run: str, *, only_waits: bool) -> None:
        """Record whether a crawl only waits for its hosts; `on_waiting` receives the number of such crawls."""
        if only_waits == (run in self._waiting):
            return
        (self._waiting.add if only_waits else self._waiting.discard)(run)
        for listener in self.on_waiting:
            listener(len(self._waiting))

    def report(self, line: str) -> None:
        """Log a line for the operator and pass it to the listeners."""
        _log.warning("%s", line)
        for listener in self.on_note:
            listener(line)

    def drop_work(self) -> None:
        """Drop the requests and pages that still wait, as the process is ending. The next crawl takes them again."""
        self.ending.set()
        self.pool.drop_work()

    async def close(self) -> None:
        """Close everything, the archive and the server last."""
        await self._stack.aclose()


@contextmanager
def _no_collection(rules: int) -> Iterator[None]:
    """Build many rules without the cyclic collector, which would traverse them during the build and ever after."""
    if rules < MANY_RULES or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@asynccontextmanager
async def _server(places: Places, *, owner: bool) -> AsyncIterator[tuple[EmbeddedServer | None, str]]:
    """Yield the embedded server, if this process owns it, and the URL of Redis."""
    if places.redis_url:
        yield None, places.redis_url
        return
    server = EmbeddedServer(places.folder)
    starting = asyncio.ensure_future(asyncio.to_thread(server.start))
    try:
        try:
            await asyncio.wait({starting})
        except asyncio.CancelledError:
            await asyncio.to_thread(server.stop)  # also ends a server that is just starting
            await asyncio.wait({starting})
            starting.exception()
            raise
        is_busy = isinstance(starting.exception(), BusyError)
        if not is_busy or owner or not answers(socket_path(places.folder)):
            starting.result()
        yield None if is_busy else server, server.url
    finally:
        await asyncio.to_thread(server.stop)
