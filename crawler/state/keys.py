"""Every Redis name, its type and its lifetime, on one screen.

All names start with `ww:`. What one script touches shares a {hash tag}, so that a Redis Cluster works.
Lifetimes are in seconds; "generation" names die whole, 2 generations after they were begun.

| name                          | type   | lifetime        | holds                                                |
|-------------------------------|--------|-----------------|------------------------------------------------------|
| ww:seen:{SET:BUCKET}:GEN      | set    | 2 generations   | 64-bit hashes of what was seen (an integer set)      |
| ww:claim:{SET:BUCKET}:HASH    | string | the lease       | who works on it, or "later" while a failure waits;   |
|                               |        |                 | "unanswered" and Redis time in s if no host answered |
| ww:attempt:{url:BUCKET}:HASH  | hash   | ATTEMPT_TTL_S,  | attempts at a URL that is not seen yet: failed       |
|                               |        | of fetches only | fetches, those that no host answered, and the time   |
|                               |        | TRIES_TTL_S     | of the last; readings of its page, whether one is    |
|                               |        |                 | open, how the last failed                            |
| ww:{quarantine}, ...:order     | hash,  | permanent       | quarantined pages (JSON), the oldest first;          |
|                               | zset   |                 | at most attempts.MOST                                |
| ww:gate:{HOST}                | hash   | GATE_TTL_S      | HOST's last start, when it opens (Redis time in ms), |
|                               |        |                 | failures in a row, when it last did not answer,      |
|                               |        |                 | which server gave the start, and its name and gap    |
|                               |        |                 | until its end is reported                            |
| ww:outage                     | hash   | OUTAGE_TTL_S    | begin and end of the last outage of our own network, |
|                               |        |                 | in s of Redis time (pauses.py)                      |
| ww:share:{HOST}               | string | until it opens  | Redis time in ms of the next revisit on HOST         |
| ww:robots:{HOST}              | hash   | ROBOTS_TTL_S    | robots.txt: status, body                             |
| ww:http:{HASH}                | hash   | VALIDATORS_TTL_S| ETag, Last-Modified, body hash of one listing, when  |
|                               |        |                 | it was sent; 4 bytes of each entry that was too old  |
| ww:index:{HASH}               | string | INDEX_TTL_S     | JSON: the children of a sitemap index, what the last |
|                               |        |                 | readings of each gave                                |
| ww:turn:{HASH}                | string | SITE_TTL_S      | how often a quiet site's own pages had their turn    |
| ww:site:{HASH}                | string | SITE_TTL_S      | JSON: what to poll on a site, found by exploring it  |
| ww:checks:{SOURCE}            | string | CHECK_PLAN_TTL_S| JSON: other listings of a source's site, when each   |
|                               |        |                 | was read, the source's scope                         |
| ww:checks:{SOURCE}:credit     | string | CHECK_PLAN_TTL_S| how many requests for checks the source has earned   |
| ww:{stories2}                 | hash   | permanent       | the generation, when it began, last story's number   |
| ww:{stories2}:GEN:N           | hash   | 2 generations   | of 4 bytes of a shingle's hash: numbers of stories;  |
|                               |        |                 | of s and a number: the story (key, size, rate, texts)|
|                               |        |                 | of f, nth and a number: facts of that text of it     |
| ww:boilerplate:{SITE}:pages   | list   | BOILERPLATE_TTL_S| block keys of the last pages (boilerplate.py)        |
| ww:boilerplate:{SITE}:learned | hash   | BOILERPLATE_TTL_S| block key -> a line that recurs                      |
| ww:boilerplate:{SITE}:shapes  | list   | BOILERPLATE_TTL_S| length and filled fields of the last articles        |
| ww:revisits:{SOURCE}          | list   | REVISITS_TTL_S  | 1 or 0: whether each of the last revisits found news |
| ww:revisits:{SOURCE}:storm    | string | REVISITS_TTL_S  | there while nearly all of them do: a new layout      |
| ww:hints:{SOURCE}             | hash   | POLL_HINTS_TTL_S| by listing: freshness, pauses, hub (poll_hints.py)   |
| ww:hubs                       | hash   | permanent       | source -> JSON: hub and topic by feed (offers.py)    |
| ww:websub                     | hash   | permanent       | token -> JSON: a subscription at a hub               |
| ww:{canary}                   | hash   | CANARY_TTL_S    | the current canary: token, time of each stage        |
| ww:leader:{DUTY}              | string | LEADER_TTL_S    | the process that schedules, or that plans deliveries |
| ww:docket:...                 | Docket's own: crawls and revisits                                             |
| ww:deliveries:...             | Docket's own: attempts at messages                                            |
"""

from __future__ import annotations

GENERATION_S = 60 * 24 * 3600  # 60 days: something unseen for 60 to 120 days may come again
BUCKETS = 16_384  # 8 million hashes a generation stay integer sets (at most 512 members each)
LEASE_S = 15 * 60
LONGEST_PAUSE_S = 6 * 3600  # after failures
GATE_TTL_S = 3600  # the longest delay that a watch file can set
OUTAGE_TTL_S = LONGEST_PAUSE_S  # the pauses that began in it are over
TRIES_TTL_S = 3 * 24 * 3600  # of failed fetches, since the last
ATTEMPT_TTL_S = 40 * 24 * 3600  # longer than the longest interval of a source
ROBOTS_TTL_S = 12 * 3600  # RFC 9309 section 2.4: not older than 24 hours
ROBOTS_WAIT_S = 5 * 60  # an unreachable robots.txt is requested again after this
ROBOTS_UNANSWERED_S = 30  # or after this, if no host answered: the network of this machine may have been away
VALIDATORS_TTL_S = 30 * 24 * 3600
SITE_TTL_S = 24 * 3600
INDEX_TTL_S = 30 * 24 * 3600
STORY_WINDOW_S = 72 * 3600  # a generation of stories
BOILERPLATE_TTL_S = 90 * 24 * 3600
REVISITS_TTL_S = 2 * 24 * 3600
POLL_HINTS_TTL_S = 14 * 24 * 3600
CHECK_PLAN_TTL_S = 90 * 24 * 3600
CANARY_TTL_S = 24 * 3600
CANARY = "ww:{canary}"
OUTAGE = "ww:outage"
HUBS = "ww:hubs"
WEBSUB = "ww:websub"
LEADER_TTL_S = 9  # a standby takes over within this and LEADER_RENEW_S
LEADER_RENEW_S = 3
DOCKET = "ww:docket"
DELIVERIES = "ww:deliveries"
STORIES = "ww:{stories2}"
QUARANTINE = "ww:{quarantine}"
QUARANTINE_ORDER = "ww:{quarantine}:order"


def bucket(kind: str, key: int) -> str:
    """Return the hash tag of all names about `key` (unsigned 64 bits)."""
    return f"{{{kind}:{key % BUCKETS}}}"


def seen(kind: str, key: int, generation: int) -> str:
    """Return the set with `key` if it was seen in `generation`."""
    return f"ww:seen:{bucket(kind, key)}:{generation}"


def claim(kind: str, key: int) -> str:
    """Return the name of the lease on `key`."""
    return f"ww:claim:{bucket(kind, key)}:{key:x}"


def attempt(key: int) -> str:
    """Return the name of the attempts at a URL that is not seen yet."""
    return f"ww:attempt:{bucket('url', key)}:{key:x}"


def gate(host: str) -> str:
    """Return the name of the gate: last request to `host`, and time of the next."""
    return f"ww:gate:{{{host}}}"


def share(host: str) -> str:
    """Return the name of the earliest time of the next revisit on `host`."""
    return f"ww:share:{{{host}}}"


def leader(duty: str) -> str:
    """Return the name of the lease on a duty."""
    return f"ww:leader:{{{duty}}}"


def robots(host: str) -> str:
    """Return the name of the cached robots.txt of `host` (with scheme and port)."""
    return f"ww:robots:{{{host}}}"


def http(key: int) -> str:
    """Return the name of the HTTP validators of a listing."""
    return f"ww:http:{{{key:x}}}"


def site(key: int) -> str:
    """Return the name of the entry points of a site."""
    return f"ww:site:{{{key:x}}}"


def index(key: int) -> str:
    """Return the name of the children of a sitemap index."""
    return f"ww:index:{{{key:x}}}"


def turn(key: int) -> str:
    """Return the name of the count of turns of a quiet site's own pages."""
    return f"ww:turn:{{{key:x}}}"


def boilerplate(site: str, part: str) -> str:
    """Return the name of a part of a site's boilerplate; `part` is "pages", "learned" or "shapes"."""
    return f"ww:boilerplate:{{{site}}}:{part}"


def revisits(source: str) -> str:
    """Return the name of the results of a source's last revisits."""
    return f"ww:revisits:{{{source}}}"


def check_plan(source: str) -> str:
    """Return the check plan of a source."""
    return f"ww:checks:{{{source}}}"


def check_credit(source: str) -> str:
    """Return the requests that a source has earned for checks."""
    return f"ww:checks:{{{source}}}:credit"


def poll_hints(source: str) -> str:
    """Return the name of the poll hints of a source."""
    return f"ww:hints:{{{source}}}"


def storm(source: str) -> str:
    """Return the name of the mark of a source whose layout has just changed."""
    return f"{revisits(source)}:storm"
