"""Resource use of child processes, mainly extraction processes. Linux only; on other systems nothing is reported.

Source of the fields: proc(5), /proc/PID/stat.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.observe.metrics import CHILDREN, CHILDREN_CPU, CHILDREN_MEMORY

PROC = Path("/proc")
_PARENT, _USER, _SYSTEM, _PAGES = 1, 11, 12, 21  # fields of stat after the name, from 0


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its parent and its resource use."""

    parent: int
    cpu_s: float
    resident_bytes: int


class Children:
    """The resource use of a process's descendants, tracked between calls."""

    def __init__(self, root: int, proc: Path = PROC) -> None:
        self._root = root
        self._proc = proc
        self._cpu_s: dict[int, float] = {}

    def update(self) -> None:
        """Set the gauges and count the CPU time since the last call. Reads a small file per process."""
        below = descendants(processes(self._proc), self._root)
        CHILDREN.set(len(below))
        CHILDREN_MEMORY.set(sum(one.resident_bytes for one in below.values()))
        CHILDREN_CPU.inc(sum(max(0.0, one.cpu_s - self._cpu_s.get(pid, 0.0)) for pid, one in below.items()))
        self._cpu_s = {pid: one.cpu_s for pid, one in below.items()}


def processes(proc: Path = PROC) -> dict[int, Process]:
    """Return all processes of the machine by pid, except those that end during the scan."""
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found = {}
    for folder in proc.iterdir() if proc.is_dir() else ():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            cpu_s = (int(fields[_USER]) + int(fields[_SYSTEM])) / tick
            found[int(folder.name)] = Process(int(fields[_PARENT]), cpu_s, int(fields[_PAGES]) * page)
        except (OSError, ValueError, IndexError):
            continue
    return found


def descendants(known: Mapping[int, Process], root: int) -> dict[int, Process]:
    """Return the descendants of `root`."""
    children: dict[int, list[int]] = {}
    for pid, process in known.items():
        children.setdefault(process.parent, []).append(pid)
    found, waiting = {}, list(children.get(root, ()))
    while waiting:
        pid = waiting.pop()
        if pid not in found and pid != root:
            found[pid] = known[pid]
            waiting += children.get(pid, ())
    return found
