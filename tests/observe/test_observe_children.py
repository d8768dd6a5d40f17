"""Memory and processor time of the processes that a service started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client import REGISTRY

from crawler.observe.children import Children, Process, descendants, processes

BUSY = "import time\nwhile time.process_time() < 0.2: pass\nprint('done', flush=True)\ninput()"


def value(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def one(parent: int) -> Process:
    return Process(parent, 1.0, 4096)


def test_descendants_are_found_through_their_parents_and_rings_end():
    known = {1: one(0), 2: one(1), 3: one(2), 4: one(3), 5: one(1), 7: one(8), 8: one(7), 9: one(9)}
    assert set(descendants(known, 2)) == {3, 4}
    assert set(descendants(known, 1)) == {2, 3, 4, 5}
    assert set(descendants(known, 7)) == {8}
    assert descendants(known, 99) == descendants(known, 9) == {}


def test_a_child_is_counted_while_it_lives_and_its_time_stays():
    children = Children(os.getpid())
    children.update()
    before, cpu_s = value("wirewatch_child_processes"), value("wirewatch_child_cpu_seconds_total")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", BUSY], stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
        children.update()
        assert value("wirewatch_child_processes") == before + 1
        assert value("wirewatch_child_resident_memory_bytes") > 2_000_000
        spent = value("wirewatch_child_cpu_seconds_total")
        assert spent >= cpu_s + 0.1
        children.update()
        assert value("wirewatch_child_cpu_seconds_total") < spent + 0.1, "time is counted once"
        child.communicate("\n")
    children.update()
    assert value("wirewatch_child_processes") == before
    assert value("wirewatch_child_cpu_seconds_total") >= spent


def test_what_cannot_be_read_is_left_out(tmp_path: Path):
    assert processes(tmp_path / "nowhere") == {}
    for name, stat in {"12": b"", "13": b"13 (a) b) S x", "cpuinfo": b"1"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "stat").write_bytes(stat)
    (tmp_path / "14").mkdir()
    line = b"15 (we) (ird\n) S 4 " + b"0 " * 9 + b"300 200 " + b"0 " * 8 + b"10 0\n"
    (tmp_path / "15").mkdir()
    (tmp_path / "15" / "stat").write_bytes(line)
    (found,) = processes(tmp_path).items()
    assert found == (15, Process(4, 500 / os.sysconf("SC_CLK_TCK"), 10 * os.sysconf("SC_PAGE_SIZE")))
