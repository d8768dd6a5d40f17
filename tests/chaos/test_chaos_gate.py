"""The host gate as the hosts see it: whoever asks, stands still or is killed, no two starts are closer than is due."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from chaos_farm import read_log, running_farm
from chaos_plan import Plan
from chaos_verdict import Verdict, judge_gaps
from service_process import environment

from crawler.state import EmbeddedServer

KILLS = 4


@pytest.mark.parametrize(("processes", "hosts"), [(1, 4), (4, 4), (16, 2)])
def test_no_host_is_asked_more_often_than_is_due(tmp_path: Path, processes: int, hosts: int):
    plan = Plan(seed=3, hosts=hosts, stories=0, faults=0.04, delay_s=0.5)
    (tmp_path / "valkey").mkdir()
    with EmbeddedServer(tmp_path / "valkey") as server, running_farm(plan, tmp_path / "farm.log") as port:
        text = plan.watch(port, "file:alerts.jsonl", "").replace("delay:", "spider: crowd, delay:")
        sources = text.partition("rules:")[0]
        again = sources.partition("\n")[2].replace("{id: s", "{id: more-")  # two sources on each host
        (tmp_path / "watch.yaml").write_text(sources + again)
        command = [sys.executable, str(Path(__file__).parent / "crowd_worker.py"), str(tmp_path), server.url]
        env = environment(PYTHONPATH=os.pathsep.join(sys.path), WIREWATCH_LOG_LEVEL="ERROR")
        arguments = [*command, str(processes), str(KILLS), "5"]
        with subprocess.Popen(arguments, cwd=tmp_path, env=env, start_new_session=True) as crowd:
            try:
                assert crowd.wait(600) == 0
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(crowd.pid, signal.SIGKILL)
    asked = read_log(tmp_path / "farm.log")
    verdict = Verdict()
    judge_gaps(verdict, plan, asked)
    slack, late = verdict.figures["least_slack_s"], verdict.figures["farm_late_s"]
    sys.stderr.write(f"\n{processes} processes, {KILLS} kills, {len(asked)} requests: ")
    sys.stderr.write(f"least slack {slack} s, the farm late by {late} s\n")
    assert verdict.problems == []
    assert {one.host for one in asked} == set(range(hosts))
    assert len([one for one in asked if one.path != "/robots.txt"]) >= hosts
