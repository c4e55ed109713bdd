# SPDX-License-Identifier: Apache-2.0
"""mutants.py [--sample N] [--budget SECONDS] [--store STORE] [NAME...] - plants bugs and hunts.

    NAME.patch --patch -p1--> a copy of the tree --ninja--> cloacinactl simulate --faults chaos
         ^                                                                            |
         +----------------------------- patch -R <---- killed, and by whom? <---------+

A patch begins with a header: what the bug is, which known one it is like, and which checkers may
catch it, by the word of a finding ("I-03", "always", "crash"), or "nothing" for a canary that must
live. "# store: sqlite" says that the bug is in that store, which then is hunted in; --store sqlite
hunts there for all bugs but those of the memory store. --sample takes N patches, other ones for
every commit, and the canaries; CI runs that. Exits with 1 when a mutant lives, is caught by
somebody who is not named, or does not apply.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CANARIES = ("canary", "blind")
SEARCH = ["simulate", "--generate", "mixed:10", "--faults", "chaos", "--runners", "3"]
SWEEP = ["simulate", "--generate", "mixed:8,seed=6", "--sweep", "--runners", "2"]
# A killed mutant need not use up its budget: the hunt goes on in slices of so much of it.
SLICES = (0.05, 0.15, 0.3, 0.5)
SWEEP_PART = 0.15
HEADER = re.compile(r"# (?:(like|catches|store): )?(.+)")
CHANGED = re.compile(r"^\+\+\+ b/(\S+)", re.MULTILINE)
MEMORY = "engine/dal/memory/"


class Mutant:
    """One patch and what its header says."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[: -len(".patch")]
        self.what, self.like, self.store, self.catches = "", "", "memory", []
        with open(path, encoding="utf-8") as lines:
            for match in map(HEADER.match, lines):
                if match is None:
                    break
                self._take(match.group(1), match.group(2))
        with open(path, encoding="utf-8") as patch:
            changed = CHANGED.findall(patch.read())
        self.is_of_memory = bool(changed) and all(name.startswith(MEMORY) for name in changed)
        if not self.what or not self.catches:
            raise SystemExit("%s: the header lacks the bug, or 'catches:'" % path)

    def _take(self, field, text):
        if field == "catches":
            self.catches = [word.strip() for word in text.split(",")]
        elif field == "like":
            self.like = text
        elif field == "store":
            self.store = text
        else:
            self.what = (self.what + " " + text).strip()

    @property
    def must_live(self):
        return self.catches == ["nothing"]


class Result:
    """What a hunt came to."""

    def __init__(self, mutant):
        self.mutant = mutant
        self.caught_by = []  # ids of findings, in the order in which they were met
        self.runs = 0  # worlds, until the slice was over that had the finding
        self.seconds = 0.0
        self.shrunk = None  # decisions that were left
        self.trouble = ""  # it could not be judged

    @property
    def complaint(self):
        """Why this is not as it should be; "" when it is."""
        if self.trouble:
            return self.trouble
        if self.mutant.must_live:
            return "is no bug, and was accused" if self.caught_by else ""
        if not self.caught_by:
            return "lives"
        if not set(self.caught_by) & set(self.mutant.catches):
            return "caught by none of " + ", ".join(self.mutant.catches)
        return ""


class Workshop:
    """A copy of the tree with one build folder, which is used again and again."""

    def __init__(self, folder):
        self.tree = os.path.join(folder, "tree")
        self.build = os.path.join(folder, "build")
        self.program = os.path.join(self.build, "cloacinactl")
        listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
        for path in filter(None, listed.stdout.split("\0")):
            source, target = os.path.join(ROOT, path), os.path.join(self.tree, path)
            if os.path.exists(source):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        made = run(["meson", "setup", "--buildtype=release", self.build, self.tree], folder)
        trouble = made.stdout if made.returncode else self.compile()
        if trouble:
            raise SystemExit("mutants: the tree does not build as it is:\n" + trouble)

    def patch(self, mutant, *options):
        """Returns what went wrong, or ""."""
        done = run(["patch", "-p1", "-s", "-f", *options, "-i", mutant.path], self.tree)
        return done.stdout.strip() if done.returncode else ""

    def compile(self):
        done = run(["ninja", "-C", self.build, "cloacinactl"], self.build)
        return done.stdout if done.returncode else ""


def run(command, folder, seconds=None):
    return subprocess.run(
        command,
        cwd=folder,
        timeout=seconds,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def search(program, words, budget, folder):
    """One call of the program. Returns its report, or what it said instead."""
    limits = ["--budget", "%ds" % max(1, round(budget)), "--jobs", str(os.cpu_count() or 1)]
    words = [program, *words, *limits, "--json", "-", "--emit-test", "none"]
    try:
        done = run(words, folder, 4 * budget + 60)
    except subprocess.TimeoutExpired:
        return None, "the hunt did not end"
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return None, "no report: " + done.stdout.strip()[-300:]


def hunt(program, store, budget, folder):
    """Yields report and trouble of one slice after the other."""
    first = 0
    on_store = ["--store", store]
    for part in SLICES:
        words = [*SEARCH, *on_store, "--seed", str(first)]
        report, trouble = search(program, words, part * (1 - SWEEP_PART) * budget, folder)
        yield report, trouble
        first += report["runs_done"] if report else 0
    yield search(program, [*SWEEP, *on_store], SWEEP_PART * budget, folder)


def judge(workshop, mutant, store, budget):
    """Plants, builds, hunts, takes it out again."""
    result = Result(mutant)
    result.trouble = workshop.patch(mutant, "--dry-run")
    if result.trouble:
        result.trouble = "does not apply: " + result.trouble
        return result
    workshop.patch(mutant)
    begin = time.monotonic()
    if workshop.compile():
        result.trouble = "does not compile"
    else:
        begin = time.monotonic()
        pursue(workshop, store or mutant.store, budget, result)
    result.seconds = time.monotonic() - begin
    workshop.patch(mutant, "-R")
    return result


def pursue(workshop, store, budget, result):
    for report, result.trouble in hunt(workshop.program, store, budget, workshop.build):
        if result.trouble:
            return
        result.runs += report["runs_done"]
        for finding in report["findings"]:
            result.caught_by.append(finding["id"])
            if result.shrunk is None or finding["shrunk"] < result.shrunk:
                result.shrunk = finding["shrunk"]
        if result.caught_by:
            return


def row(*cells):
    print("%-34s %-22s %9s %8s %9s  %s" % cells, flush=True)


def show(result):
    caught = ", ".join(dict.fromkeys(result.caught_by))
    shrunk = "" if result.shrunk is None else result.shrunk
    seconds = "%.1f" % result.seconds
    row(result.mutant.name, caught or "-", result.runs, seconds, shrunk, result.complaint)


def choose(mutants, names, sample, store=None):
    """The named ones, or a sample with the canaries, or all, of those that the store can show."""
    unknown = set(names) - {mutant.name for mutant in mutants}
    if unknown:
        raise SystemExit("mutants: there is no " + ", ".join(sorted(unknown)))
    if names:
        return [mutant for mutant in mutants if mutant.name in names]
    if store == "sqlite":
        mutants = [mutant for mutant in mutants if not mutant.is_of_memory]
    if sample is None:
        return mutants
    canaries = [mutant for mutant in mutants if mutant.name in CANARIES]
    others = [mutant for mutant in mutants if mutant.name not in CANARIES]
    random.Random(run(["git", "rev-parse", "HEAD"], ROOT).stdout).shuffle(others)
    return canaries + others[:sample]


def main():
    parser = argparse.ArgumentParser(prog="./dev mutants", description=__doc__.split("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N", help="N of them, and the canaries")
    parser.add_argument("--budget", type=int, default=60, metavar="SECONDS", help="for each (60)")
    parser.add_argument("--store", choices=("memory", "sqlite"), help="for every bug: this one")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    paths = sorted(os.path.join(HERE, name) for name in os.listdir(HERE) if name.endswith(".patch"))
    chosen = choose([Mutant(path) for path in paths], options.names, options.sample, options.store)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        workshop = Workshop(folder)
        row("mutant", "caught by", "worlds", "seconds", "decisions", "")
        results = []
        for mutant in chosen:
            results.append(judge(workshop, mutant, options.store, options.budget))
            show(results[-1])
    bugs = [result for result in results if not result.mutant.must_live]
    killed = sum(bool(result.caught_by) for result in bugs)
    if bugs:
        rate = 100 * killed / len(bugs)
        print("%d of %d bugs killed (%.0f %%)" % (killed, len(bugs), rate))
    return 1 if any(result.complaint for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
