# SPDX-License-Identifier: Apache-2.0
"""cli_support.py - runs cloacinactl from outside, and knows independently what must come out.

Law: nothing here shares code with the engine: runtimes go from decimal digits to integers of
nanoseconds by Python's decimal module, paths are found in integers.
"""

import decimal
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

SECONDS_MAX = 300
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
SOURCE = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = sorted((SOURCE.parent / "shared/data/wfinstances").glob("*.json"))


class Recording:
    """Tasks with runtimes in nanoseconds and the tasks they wait for."""

    def __init__(self, runtimes, parents):
        self.runtimes = runtimes
        self.parents = parents

    @property
    def work(self):
        return sum(self.runtimes.values())

    def critical_path(self):
        """The longest way through the graph, without recursion: chains may be long."""
        children = {task: [] for task in self.runtimes}
        missing = {task: len(self.parents[task]) for task in self.runtimes}
        for task, parents in self.parents.items():
            for parent in parents:
                children[parent].append(task)
        begin = {task: 0 for task in self.runtimes}
        ready = [task for task, count in missing.items() if count == 0]
        seen, longest = 0, 0
        while ready:
            task = ready.pop()
            seen += 1
            end = begin[task] + self.runtimes[task]
            longest = max(longest, end)
            for child in children[task]:
                begin[child] = max(begin[child], end)
                missing[child] -= 1
                if missing[child] == 0:
                    ready.append(child)
        assert seen == len(self.runtimes), "the graph has a cycle"
        return longest


def nanoseconds(seconds):
    with decimal.localcontext() as context:
        context.prec = 200
        scaled = decimal.Decimal(seconds).scaleb(9)
        return int(scaled.to_integral_value(rounding=decimal.ROUND_HALF_EVEN))


def read_recording(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file, parse_float=decimal.Decimal)
    workflow = document["workflow"]
    runtimes = {run["id"]: nanoseconds(run["runtimeInSeconds"])
                for run in workflow["execution"]["tasks"]}
    parents = {task["id"]: set() for task in workflow["specification"]["tasks"]}
    for task in workflow["specification"]["tasks"]:
        parents[task["id"]].update(task.get("parents", []))
        for child in task.get("children", []):
            parents[child].add(task["id"])
    return Recording(runtimes, parents)


def random_tasks(rng, count, edges_max):
    """Tasks with their parents and runtimes as decimal digits, in a shuffled order."""
    tasks = []
    for number in range(count):
        parents = rng.sample(range(number), min(number, rng.randint(0, edges_max)))
        digits = f"{rng.randint(0, 20)}.{rng.randint(0, 10 ** 12):012d}"
        tasks.append((f"task {number}", [f"task {parent}" for parent in parents], digits))
    rng.shuffle(tasks)
    return tasks


def document_of(tasks, style="parents", name="w"):
    """A WfFormat file. The edges stand in the parents, in the children, in both, or in either."""
    rng = random.Random(len(tasks))
    sides = {task: {"parents": [], "children": []} for task, _, _ in tasks}
    for task, parents, _ in tasks:
        for parent in parents:
            side = rng.choice(["parents", "children"]) if style == "either" else style
            if side in ("parents", "both"):
                sides[task]["parents"].append(parent)
            if side in ("children", "both"):
                sides[parent]["children"].append(task)
    specification = [{"name": task, "id": task, **sides[task]} for task, _, _ in tasks]
    runs = ", ".join(f'{{"id": {json.dumps(task)}, "runtimeInSeconds": {digits}}}'
                     for task, _, digits in tasks)
    return (f'{{"name": {json.dumps(name)}, "schemaVersion": "1.5", "workflow": {{"specification": '
            f'{{"tasks": {json.dumps(specification)}}}, "execution": {{"tasks": [{runs}]}}}}}}')


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own, in which the program runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(self.folder / name, mode) as file:
            file.write(content)
        return name

    def run_program(self, *arguments, **options):
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX,
                              check=False, **options)

    def simulate(self, *arguments, status=0):
        """The JSON report; everything else must be as for a run without trouble."""
        run = self.run_program("simulate", *arguments, "--json", "-")
        self.assertEqual(run.returncode, status, run.stderr)
        self.assertEqual(run.stderr, b"")
        return json.loads(run.stdout)

    def assert_refused(self, run, message, status=2):
        """One line on the error output, nothing else."""
        text = run.stderr.decode()
        self.assertEqual(run.returncode, status, text)
        self.assertEqual(run.stdout, b"")
        self.assertRegex(text, r"\Acloacinactl: [^\n]+\n\Z")
        self.assertRegex(text, message)


def main():
    if PROGRAM is None:
        raise SystemExit(f"usage: {sys.argv[0]} CLOACINACTL [unittest arguments]")
    unittest.main(module="__main__")
