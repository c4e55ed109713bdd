# SPDX-License-Identifier: Apache-2.0
"""chaos.py - runners are killed, the server is restarted, and nothing may be lost or done twice.

    chaos.py CLOACINACTL SUBMIT LIBRARY [--store sqlite|postgres] [--workflows N] ...

Four `cloacinactl runner` share a store. A customer submits workflows and waits for their ends.
Meanwhile a random runner is killed (SIGKILL) and started again, each time so many executions have
ended, or so many milliseconds have passed; one stands still (SIGSTOP), perhaps until it was found
dead; a PostgreSQL server is restarted, by turns in good order and as in a crash. When all is over,
judge.py looks at the store.

Exit status 0: nothing to complain about; 1: findings; 77: there is no server."""

import argparse
import collections
import contextlib
import json
import os
import queue
import random
import shutil
import signal
import sys
import tempfile
import time

from judge import RECOVERED, T_COMPLETED, Judge
from processes import END, PATIENCE, Process, Runner, ask
from store import PostgresRows, SqliteRows

from postgres_cluster import SKIPPED, Cluster, find_binaries  # the path is set by processes


def read_options():
    options = argparse.ArgumentParser(description="Kills runners and looks at what is left.")
    options.add_argument("program", metavar="CLOACINACTL")
    options.add_argument("submit", metavar="SUBMIT")
    options.add_argument("library", metavar="LIBRARY")
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--workflows", type=int, default=2000, help="default 2000")
    options.add_argument("--runners", type=int, default=4, help="default 4")
    options.add_argument("--window", type=int, default=64, help="unfinished ones at a time")
    options.add_argument("--pause", type=int, default=20, help="of a task, at most; milliseconds")
    options.add_argument("--kills", type=int, default=0, help="spread over the run's progress")
    options.add_argument("--kill-every", type=int, default=1000, metavar="MS",
                         help="and by the clock; default 1000, 0: not")
    options.add_argument("--stops", type=int, default=0,
                         help="runners that stand still for up to two seconds (SIGSTOP)")
    options.add_argument("--restarts", type=int, default=5, help="of the server; default 5")
    options.add_argument("--writer-wait", type=int, default=0, metavar="MS",
                         help="no submission takes longer, when no server goes away")
    options.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options.add_argument("--folder", help="keep everything there")
    return options.parse_args()


class Storm:
    """One campaign. `restart` is how the server goes away, or None."""

    def __init__(self, options, folder, database, restart):
        self.options = options
        self.folder = folder
        self.database = database
        self.restart = restart
        self.random = random.Random(options.seed)
        self.told = []
        self.ended = 0
        self.figures = collections.Counter()
        self.kills = self.points(options.kills)
        self.restarts = self.points(options.restarts if restart else 0)
        self.stops = self.points(options.stops)
        self.still = []  # (when it goes on, process)

    def points(self, count):
        """Numbers of ended executions at which something happens, ascending."""
        return sorted(self.random.randrange(1, self.options.workflows) for _ in range(count))

    def run(self):
        os.mkdir(os.path.join(self.folder, "journal"))
        customer = Process(
            [self.options.submit, self.database, self.options.library, self.options.workflows,
             self.options.window, self.options.pause], os.path.join(self.folder, "customer.log"),
            {"CLOACINA_CHAOS_JOURNAL": os.path.join(self.folder, "journal")})
        self.runners = [
            Runner(self.options.program, "runner-%d" % number, self.database,
                   [self.options.library], self.folder)
            for number in range(self.options.runners)]
        try:
            self.watch(customer)
            if customer.process.wait(PATIENCE) != 0:
                return ["customer: ended with status %d" % customer.process.returncode]
            self.go_on(float("inf"))
            findings = self.wait_for_leases()
            for runner in self.runners:
                status = runner.stop()
                if status != 0:
                    findings.append("%s: ended with status %d" % (runner.name, status))
            return findings
        finally:
            for runner in self.runners:
                runner.kill()
            customer.kill()

    def watch(self, customer):
        """Reads what the customer is told until there is no more, and does harm meanwhile."""
        every = self.options.kill_every / 1000
        next_kill = time.monotonic() + every
        silence_ends = time.monotonic() + PATIENCE
        while True:
            now = time.monotonic()
            if every and now >= next_kill:
                self.kill_one()
                next_kill = now + every
            self.revive()
            self.go_on(now)
            try:
                line = customer.line(min(0.1, max(0, next_kill - now)) if every else 0.1)
            except queue.Empty:
                if now > silence_ends:
                    raise RuntimeError("nothing ended for %d s" % PATIENCE) from None
                continue
            if line is END:
                return
            silence_ends = now + PATIENCE
            self.hear(json.loads(line))

    def hear(self, message):
        self.told.append(message)
        self.ended += "ended" in message
        while self.kills and self.kills[0] <= self.ended:
            self.kills.pop(0)
            self.kill_one()
        while self.stops and self.stops[0] <= self.ended:
            self.stops.pop(0)
            self.stop_one()
        while self.restarts and self.restarts[0] <= self.ended:
            self.restarts.pop(0)
            self.figures["restarts"] += 1
            self.restart(["immediate", "fast"][self.figures["restarts"] % 2])

    def kill_one(self):
        self.random.choice(self.runners).restart()
        self.figures["kills"] += 1

    def stop_one(self):
        """For longer than it takes to be found dead, or for less."""
        process = self.random.choice(self.runners).process.process
        process.send_signal(signal.SIGSTOP)
        self.still.append((time.monotonic() + 2 * self.random.random(), process))
        self.figures["stops"] += 1

    def go_on(self, now):
        for when, process in self.still:
            if when <= now:
                process.send_signal(signal.SIGCONT)
        self.still = [one for one in self.still if one[0] > now]

    def revive(self):
        """A runner that begins while the server is away says so and ends: as anywhere, somebody
        starts it again."""
        for runner in self.runners:
            if not runner.is_alive():
                runner.restart()
                self.figures["ended by themselves"] += 1

    def wait_for_leases(self):
        """Whoever lives finds the dead, and closes their leases: until one a runner is open, and
        beats."""
        names = collections.Counter(runner.name for runner in self.runners)
        deadline = time.monotonic() + PATIENCE
        seen = {}
        while True:
            self.revive()
            leases = ask(self.options.program, "runner", "list", "--database", self.database)
            beats = {lease["lease"]: lease["beat"] for lease in leases["runners"]}
            open_now = collections.Counter(lease["name"] for lease in leases["runners"])
            if open_now == names and all(beats[lease] > seen.get(lease, beats[lease])
                                         for lease in beats):
                return []
            if time.monotonic() > deadline:
                return ["leases: open are those of %s" % dict(open_now)]
            seen = {**beats, **seen} if open_now == names else {}
            time.sleep(0.05)

    def judge_ends(self):
        """Without a server that goes away no runner has a reason to end."""
        count = self.figures["ended by themselves"]
        return ["%d runners ended by themselves" % count] if count and not self.restart else []

    def waits(self):
        """What the customer says about its longest submission."""
        longest = self.told[-1].get("longest_submit_us", 0) // 1000 if self.told else 0
        self.figures["longest submission (ms)"] = longest
        undisturbed = not self.restart and not self.figures["stops"]
        if undisturbed and 0 < self.options.writer_wait < longest:
            return ["customer: a submission waited %d ms" % longest]
        return []


def storm_of(options, folder, stack):
    if options.store == "sqlite":
        path = os.path.join(folder, "chaos.db")
        return Storm(options, folder, "sqlite://" + path, None), SqliteRows(path)
    cluster = stack.enter_context(Cluster(settings={"max_connections": "100"}))
    return Storm(options, folder, cluster.url, cluster.restart), PostgresRows(cluster)


def logs_show(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".log"):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                tail = file.readlines()[-20:]
            print("-- %s" % name, *map(str.rstrip, tail), sep="\n")


def campaign(options, folder):
    with contextlib.ExitStack() as stack:
        begin = time.monotonic()
        storm, store = storm_of(options, folder, stack)
        try:
            findings = storm.run()
        except RuntimeError as failure:
            findings = [str(failure)]
        findings += storm.judge_ends() + storm.waits()
        with open(os.path.join(folder, "told.json"), "w", encoding="utf-8") as file:
            json.dump(storm.told, file)
        judge = Judge(store)
        findings += judge.judge(os.path.join(folder, "journal"), storm.told)
        storm.figures["executions"] = len(judge.executions)
        storm.figures["tasks completed"] = judge.figures[T_COMPLETED]
        storm.figures["bodies that did their work"] = judge.figures["deeds"]
        storm.figures["claims recovered"] = judge.figures[RECOVERED]
        storm.figures["of one task at most"] = judge.figures["recoveries_max"]
        storm.figures["seconds"] = int(time.monotonic() - begin)
        return findings, storm.figures


def main():
    options = read_options()
    if options.store == "postgres" and find_binaries() is None:
        print("skipped: no PostgreSQL server is installed (Debian: postgresql)")
        return SKIPPED
    folder = options.folder or tempfile.mkdtemp(prefix="cloacina-chaos-")
    os.makedirs(folder, exist_ok=True)
    print("chaos: %s, %d workflows, --seed %d" % (options.store, options.workflows, options.seed),
          flush=True)
    try:
        findings, figures = campaign(options, folder)
        print(*("%s: %d" % pair for pair in figures.items()), sep="\n")
        if findings:
            logs_show(folder)
        print(*findings, sep="\n")
        return 1 if findings else 0
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
