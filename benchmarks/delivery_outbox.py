"""The throughput of the outbox: signed webhooks from a running service, compared with the same requests sent directly.

python benchmarks/delivery_outbox.py [--alerts 1000] [--channels 4]

Every delivery is planned, queued as a task, sent, and settled in the database. The ratio is to a client that only
sends, one request after the other for each channel. The receiver is a process of its own on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "delivery"), str(ROOT / "tests" / "service")]

from receivers import SECRET, hooks
from service_process import Running

from crawler.archive import Archive, Entry
from crawler.items import Alert, Article
from crawler.notify import Dispatch, Form, sender_for


def receive(pipe: Connection) -> None:
    """Run a receiver that accepts everything; it reports (received, time of the last)."""
    with hooks(share=0.0) as server:
        pipe.send(server.port)
        seen = 0
        last = time.monotonic()
        while pipe.recv() != "end":
            if len(server.got) != seen:
                seen, last = len(server.got), time.monotonic()
            pipe.send((seen, last))


def entries(count: int, channels: int) -> list[Entry]:
    now = datetime.now(UTC)
    found = []
    for n in range(count):
        article = Article(url=f"https://e.x/{n}", title=f"Headline {n}", text="x" * 2000, source="a", found=now)
        said = ("The «ferry» was late again on Monday, said the harbour master of the island.",)
        alert = Alert(
            f"alert-{n:06}", "rule", "1:0", "a", article.url, article.title, now, excerpts=said, story=f"s{n}"
        )
        found.append(Entry(article, (alert,), tuple((alert.id, f"c{one}") for one in range(channels))))
    return found


async def directly(batch: list[Entry], url: str, channels: int) -> float:
    """Return deliveries per second of a client that only sends."""

    async def one(number: int) -> None:
        sender = sender_for(f"c{number}", url, private=True, secrets=[SECRET])
        for entry in batch:
            alert = entry.alerts[0]
            await sender.send(Dispatch(alert.id, Form.ALERT, (alert,), alert.matched))
        await sender.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(channels)))
    return len(batch) * channels / (time.perf_counter() - begun)


def through_the_outbox(folder: Path, batch: list[Entry], url: str, channels: int, pipe: Connection) -> float:
    """Return deliveries per second of a service that starts with a full outbox."""
    listed = "\n".join(
        f"  - {{id: c{n}, url: '{url}', private: true, group: 0s, secrets: [{SECRET}]}}" for n in range(channels)
    )
    (folder / "watch.yaml").write_text(f"sources: []\nchannels:\n{listed}\n")
    with Archive.open(f"sqlite:///{folder / 'var' / 'wirewatch.db'}") as archive:
        for at in range(0, len(batch), 500):
            archive.store(batch[at : at + 500])
    pipe.send("?")
    before = pipe.recv()[0]
    with Running(folder) as service:
        service.until("Press Ctrl-C to stop")
        begun = time.monotonic()
        while True:
            time.sleep(0.05)
            pipe.send("?")
            seen, last = pipe.recv()
            if seen - before >= len(batch) * channels:
                return len(batch) * channels / (last - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=1000)
    parser.add_argument("--channels", type=int, default=4)
    args = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    receiver = multiprocessing.Process(target=receive, args=(theirs,), daemon=True)
    receiver.start()
    url = f"http://127.0.0.1:{ours.recv()}/hook"
    batch = entries(args.alerts, args.channels)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "var").mkdir()
        ceiling = asyncio.run(directly(batch, url, args.channels))
        rate = through_the_outbox(Path(folder), batch, url, args.channels, ours)
    ours.send("end")
    print(f"{args.alerts:,} alerts to {args.channels} channels")
    print(f"sent directly       {ceiling:8.0f} deliveries a second")
    print(f"through the outbox  {rate:8.0f} deliveries a second, {1000 / rate:.1f} ms each, ratio {rate / ceiling:.2f}")


if __name__ == "__main__":
    main()
