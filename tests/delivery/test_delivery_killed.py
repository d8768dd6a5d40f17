"""The promise: no alert is lost, none comes under a second id, however often the delivering process is killed."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from receivers import SECRET, HookServer, MailBox, hooks, mailbox
from redis import Redis
from service_process import Running, wait_for

from crawler.archive import Archive, Entry
from crawler.items import Alert, Article
from crawler.service.delivery.deliveries import AT_ONCE
from crawler.state.keys import leader
from crawler.state.server import socket_path

KILLS = 5
TAKERS = ("hook", "mail", "limited")  # channels that take something while there is killing
COUNTS = {"hook": 400, "mail": 60, "limited": 40, "moved": 25, "gone": 12}
WATCH = """sources: []
channels:
  - {{id: hook, url: '{hook}', private: true, group: 0s, secrets: [{secret}]}}
  - {{id: limited, url: '{limited}', private: true, group: 0s, secrets: [{secret}]}}
  - {{id: moved, url: '{moved}', private: true, group: 0s, secrets: [{secret}]}}
  - {{id: gone, url: '{gone}', private: true, group: 0s, secrets: [{secret}]}}
  - {{id: mail, url: 'mailto://127.0.0.1:{mail}?to=desk@example.org', private: true, group: 0s}}
"""
DATABASE = "var/wirewatch.db"


def entries(count: int, now: datetime) -> list[Entry]:
    found = []
    for n in range(count):
        article = Article(url=f"https://e.x/{n}", title=f"Headline {n}", text="x", source="gone-source", found=now)
        alert = Alert(f"alert-{n:04}", "rule", "1:0", "gone-source", article.url, article.title, now, story=f"s{n}")
        found.append(Entry(article, (alert,), tuple((alert.id, name) for name, many in COUNTS.items() if n < many)))
    return found


def hurry(folder: Path) -> None:
    """Shortens every wait: what failed is due again now."""
    with sqlite3.connect(folder / DATABASE, timeout=20, isolation_level=None) as database:
        now = int(time.time() * 1_000_000)
        database.execute(
            "UPDATE deliveries SET next_attempt = ?, attempts = MIN(attempts, 3) "
            "WHERE state = 'pending' AND attempts > 0",
            (now,),
        )
    database.close()


def free(folder: Path) -> None:
    """Takes the lease from the dead: who comes next need not wait for its end. Valkey outlives the service."""
    with Redis(unix_socket_path=str(socket_path(folder / "var"))) as redis:
        redis.delete(leader("deliveries"))


def states(folder: Path) -> Counter[str]:
    with sqlite3.connect(folder / DATABASE, timeout=20) as database:
        rows = database.execute("SELECT channel || ' ' || state, COUNT(*) FROM deliveries GROUP BY 1").fetchall()
    database.close()
    return Counter(dict(rows))


def noted(folder: Path) -> set[tuple[str, str]]:
    """Channel and alert of what is noted as sent. While nobody lives there, it stays so."""
    with sqlite3.connect(folder / DATABASE, timeout=20) as database:
        rows = database.execute("SELECT channel, alert_id FROM deliveries WHERE state = 'sent'").fetchall()
    database.close()
    return set(rows)


def taken(hook: HookServer, box: MailBox) -> list[tuple[str, str]]:
    """Channel and alert of all that receivers took until now: the mails behind the others, each in order."""
    calls = [(one.path[1:], alert) for one in list(hook.got) for alert in one.alerts]
    return calls + [("mail", f"alert-{int(str(mail['subject']).split()[-1]):04}") for mail in list(box.mails)]


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_gets_a_second_id(tmp_path: Path):
    rng, lives = random.Random(3), []
    with hooks() as hook, mailbox(share=0.15) as box:
        urls = {name: hook.url(f"/{name}") for name in ("hook", "limited", "moved", "gone")}
        (tmp_path / "watch.yaml").write_text(WATCH.format(**urls, mail=box.port, secret=SECRET))
        with Archive.open(f"sqlite:///{tmp_path / DATABASE}") as archive:
            archive.store(entries(COUNTS["hook"], datetime.now(UTC)))
            for round_ in range(KILLS):
                before = len(hook.got) + len(box.mails)
                with Running(tmp_path) as service:
                    service.until("Press Ctrl-C to stop")
                    if round_ == 2:
                        hook.down_until = time.monotonic() + 1.5
                    hurry(tmp_path)
                    wait_for(lambda: len(hook.got) + len(box.mails) > before)  # noqa: B023  it is over in this round
                    time.sleep(rng.uniform(0.0, 0.25))
                    service.kill()
                assert states(tmp_path)["hook pending"], "it was killed while it had more to send"
                lives.append((noted(tmp_path), Counter(taken(hook, box))))
                free(tmp_path)
            hook.fixed = True
            with Running(tmp_path) as service:
                service.until("Press Ctrl-C to stop")
                end = time.monotonic() + 300
                while any(name.endswith("pending") and not name.startswith("gone") for name in states(tmp_path)):
                    assert time.monotonic() < end, states(tmp_path)
                    hurry(tmp_path)
                    time.sleep(0.3)
            check(archive, hook, box, tmp_path)
        end_of_all = Counter(taken(hook, box))
        for known, then in lives:
            again = {one for one in known if end_of_all[one] > then[one]}
            assert not again, "what was noted as sent goes out no second time"


def check(archive: Archive, hook: HookServer, box: MailBox, folder: Path) -> None:
    assert hook.unsigned == [], "every request is signed as the public library wants it"
    doubles = delivered = 0
    for name in ("hook", "limited", "moved"):
        got = [one for one in hook.got if one.path == f"/{name}"]
        ids = defaultdict(set)
        for one in got:
            for alert in one.alerts:
                ids[alert].add(one.id)
        assert set(ids) == {f"alert-{n:04}" for n in range(COUNTS[name])}, f"{name}: all, and nothing else"
        assert all(len(found) == 1 for found in ids.values()), f"{name}: one id for each alert"
        doubles += len(got) - len(ids)
        delivered += len(got)
    subjects = Counter(str(mail["subject"]) for mail in box.mails)
    assert set(subjects) == {f"rule: Headline {n}" for n in range(COUNTS["mail"])}
    assert len({str(mail["message-id"]) for mail in box.mails}) == COUNTS["mail"], "a repeat has the same Message-ID"
    doubles += len(box.mails) - COUNTS["mail"]
    delivered += len(box.mails)
    told = sum(COUNTS.values()) - COUNTS["gone"]
    sys.stderr.write(f"\n{KILLS} kills, {delivered} deliveries of {told}: {doubles} doubles\n")
    assert doubles <= KILLS * AT_ONCE * len(TAKERS), "no more than was under way when it was killed"
    found = states(folder)
    assert found["gone dead"] + found["gone pending"] == COUNTS["gone"], "held back, and dead where it was tried"
    assert found["gone dead"] <= 2 * (KILLS + 1)
    assert set(archive.outbox.disabled()) == {"gone"}
    assert hook.asked["/gone"] <= 8, "a channel that said 410 is not called again"
