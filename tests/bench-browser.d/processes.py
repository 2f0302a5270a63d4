"""Programs with everything they start: their memory, their processor time, their end."""
import contextlib
import ctypes
import os
import re
import signal
import subprocess
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


class Failed(Exception):
    """What went wrong and what to do, for whoever ran this."""


def adopt_strays():
    """Makes whatever loses its parent a child of this process, which so counts it and ends it."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def process_table():
    """Of every process: its parent, and the seconds of its children that have ended."""
    table = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
            table[int(entry)] = (int(fields[1]), ended)
    return table


def below(table, members):
    """The members and their descendants."""
    members = set(members)
    while more := {pid for pid, (parent, _) in table.items() if parent in members} - members:
        members |= more
    return members & table.keys()


def end_all():
    """Ends whatever this process started and still runs."""
    left = below(process_table(), {os.getpid()}) - {os.getpid()}
    for pid in left:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while left:
            os.waitpid(-1, 0)


class Program:
    """A program. Of all that run at once, only one may have strays: `adopts` says that they are its own."""

    adopts = False
    running = set()

    def __init__(self, name, command, log, adopts=False, **options):
        self.name, self.log, self.adopts = name, Path(log), adopts
        with open(log, "ab") as out:
            # Ctrl+C is for this script, which then ends what it started in order.
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, **options)
        Program.running.add(self.child.pid)

    def check(self):
        """Fails with what it said last if it has ended by itself."""
        if self.child.poll() is not None:
            said = self.log.read_text(errors="replace").splitlines()[-5:]
            raise Failed("\n".join([f"{self.name} ended ({self.child.returncode}):", *said]))

    def tree(self):
        """Its processes, each with the processor time of its children that have ended."""
        table = process_table()
        roots = {self.child.pid}
        if self.adopts:
            roots |= {pid for pid, (parent, _) in table.items() if parent == os.getpid()} - Program.running
        return {pid: table[pid][1] for pid in below(table, roots)}

    def cpu_s(self):
        """Processor time of the tree, user and system."""
        total = 0.0
        for pid, ended in self.tree().items():
            with contextlib.suppress(OSError):
                # The id of another process's clock of processor time, as clock_getcpuclockid(3) makes it.
                total += time.clock_gettime((~pid << 3) | 2) + ended
        return total

    def pss_mib(self):
        """Proportional set size of the tree."""
        total = 0
        for pid in self.tree():
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            except PermissionError as error:
                raise Failed(f"{self.name}: the memory of process {pid} cannot be read; run this as root") from error
            total += sum(int(kib) for kib in re.findall(r"^Pss:\s+(\d+) kB$", text, re.M))
        return total / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(10)
        # All but the root: its number may be another's once it has been waited for.
        left = set(self.tree()) - ({self.child.pid} if self.child.returncode is not None else set())
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.child.wait()
        for pid in left - {self.child.pid}:
            # A child of ours where its parent has ended; otherwise its parent buries it.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        Program.running.discard(self.child.pid)


def until(what, ready, *programs, patience_s=60.0, every_s=0.005):
    """Asks again and again until it is so, a program has ended, or patience has."""
    deadline = time.monotonic() + patience_s
    while not ready():
        for program in programs:
            program.check()
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not happen within {patience_s:.0f} s")
        time.sleep(every_s)
