"""One chaos run: everything is started, killed at random points, and waited for; then the verdict."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from chaos_farm import read_log, running_farm
from chaos_plan import Plan
from chaos_processes import Postgres, Role, Valkey, all_started
from chaos_verdict import Verdict, judge
from receivers import SECRET, HookServer, hooks

READY_S = 90
GONE_S = 15.0  # for what was orphaned to notice it
QUIET_S = 2.0  # what must not change any more at the end
WEIGHTS = {"worker": 10, "scheduler": 3, "deliver": 4, "valkey": 4}


@dataclass
class Chaos:
    """A run in `folder`; `say` takes a line about each blow."""

    plan: Plan
    folder: Path
    say: Callable[[str], object]
    killed: Counter[str] = field(default_factory=Counter)
    lost_bytes: int = 0

    def run(self, patience_s: float) -> Verdict:
        """Runs it all; `patience_s`: how long the end may be waited for."""
        plan, begun = self.plan, time.monotonic()
        self._rng = random.Random(f"blows {plan.seed}")
        log = self.folder / "farm.log"
        with (
            Postgres() as database,
            Valkey(self.folder / "valkey") as valkey,
            hooks(share=0.05) as hook,
            running_farm(plan, log) as port,
        ):
            (self.folder / "watch.yaml").write_text(plan.watch(port, hook.url("/hook"), SECRET))
            roles = self._roles(valkey.url, database.url)
            with all_started(roles):
                self._wait(lambda: all(role.ready() for role in roles), READY_S, "all ready")
                self.say(f"ready after {time.monotonic() - begun:.0f} s")
                self._blows(roles, valkey, database)
                self._all_ready(roles)
                if plan.rolling:
                    self._rolling(roles)
                settled = self._settle(database, hook, port, patience_s)
            verdict = judge(plan, port, database.dsn, read_log(log), hook.got, settled=settled)
            verdict.expect(self._nobody(roles), "processes are left over")
        verdict.figures |= {"kills": dict(self.killed), "lost_bytes": self.lost_bytes}
        verdict.figures["seconds"] = round(time.monotonic() - begun)
        return verdict

    def _roles(self, redis: str, database: str) -> list[Role]:
        env = {"WIREWATCH_REDIS_URL": redis, "WIREWATCH_DATABASE_URL": database, "WIREWATCH_LOG_LEVEL": "INFO"}
        counts = {"scheduler": self.plan.schedulers, "worker": self.plan.workers, "deliver": self.plan.deliverers}
        return [
            Role(f"{name}-{n}", name, self.folder, env | {"WIREWATCH_VAR": str(self.folder / f"var-{name}-{n}")})
            for name, count in counts.items()
            for n in range(count)
        ]

    def _blows(self, roles: list[Role], valkey: Valkey, database: Postgres) -> None:
        plan, rng = self.plan, self._rng
        blows = [*rng.choices([*WEIGHTS], [*WEIGHTS.values()], k=plan.kills - plan.losses)]
        blows += ["loss"] * plan.losses + ["cut"] * plan.cuts
        rng.shuffle(blows)
        for blow in blows:
            time.sleep(rng.expovariate(1 / plan.pause_s))
            self._tend(roles)
            if blow == "cut":
                self._cut(database)
            elif blow in {"valkey", "loss"}:
                self._kill_valkey(valkey, lose=blow == "loss")
            else:
                self._kill_role([role for role in roles if role.role == blow])

    def _kill_role(self, roles: list[Role]) -> None:
        role = self._rng.choice([role for role in roles if role.ready()] or roles)
        self.say(f"{time.monotonic():.2f} SIGKILL {role.name}{'' if role.ready() else ' (starting)'}")
        role.kill()
        self.killed[role.role] += 1
        time.sleep(self._rng.uniform(0.0, 0.5))
        role.start()

    def _tend(self, roles: list[Role]) -> None:
        """Starts what ended by itself again, as systemd and Kubernetes do: without the database nobody can begin."""
        for role in roles:
            if role.ended():
                self.say(f"{time.monotonic():.2f} {role.name} ended by itself: {role.last_words()}")
                self.killed["ended by itself"] += 1
                role.start()

    def _kill_valkey(self, valkey: Valkey, *, lose: bool) -> None:
        valkey.kill()
        self.killed["valkey"] += 1
        lost = valkey.lose(1.0) if lose else 0
        self.lost_bytes += lost
        self.say(f"{time.monotonic():.2f} SIGKILL valkey{f', its last second ({lost} bytes) is lost' if lose else ''}")
        time.sleep(self._rng.uniform(0.0, 1.5))
        valkey.start()

    def _cut(self, database: Postgres) -> None:
        gone_s = self._rng.uniform(3, 6)
        self.say(f"{time.monotonic():.2f} PostgreSQL is gone for {gone_s:.1f} s")
        database.cut()
        self.killed["postgresql"] += 1
        time.sleep(gone_s)
        database.start()

    def _all_ready(self, roles: list[Role]) -> None:
        end = time.monotonic() + READY_S
        while not all(role.ready() for role in roles):
            assert time.monotonic() < end, [role.last_words() for role in roles if not role.ready()]
            self._tend(roles)
            time.sleep(0.5)

    def _rolling(self, roles: list[Role]) -> None:
        """A rolling restart: SIGTERM, and the next one when the new one is ready."""
        for role in roles:
            began = time.monotonic()
            code = role.stop()
            self.say(f"{time.monotonic():.2f} SIGTERM {role.name}: code {code} after {time.monotonic() - began:.1f} s")
            self.killed["rolling"] += 1
            assert code == 0, role.log.read_text(errors="replace")[-3000:]
            role.start()
            self._wait(role.ready, READY_S, f"{role.name} ready again")

    def _settle(self, database: Postgres, hook: HookServer, port: int, patience_s: float) -> bool:
        """Waits until everything is stored and told; False when the patience ends before."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            time.sleep(0.5)
            with psycopg.connect(database.dsn) as connection:
                stored = {row[0] for row in connection.execute("SELECT canonical_url FROM articles")}
                waits = connection.execute("SELECT COUNT(*) FROM deliveries WHERE state = 'pending'").fetchone()
            if self.plan.urls(port) <= stored and waits == (0,):
                time.sleep(QUIET_S)
                return True
        return False

    @staticmethod
    def _nobody(roles: list[Role]) -> bool:
        """Whether every process that a role has started is gone, also those whose parent was killed."""
        end = time.monotonic() + GONE_S
        while any(role.left_over() for role in roles):
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True

    @staticmethod
    def _wait(what: Callable[[], bool], seconds: float, name: str) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"never: {name}"
            time.sleep(0.05)
