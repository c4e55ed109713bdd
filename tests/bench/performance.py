# SPDX-License-Identifier: Apache-2.0
"""performance.py PROGRAM... - the performance examples measure what they say, and refuse the rest.

Nothing here is about how fast they are: only that a number is there when it can be known."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = []
TASKS = {"simple": 1, "parallel": 5, "pipeline": 3}
ALWAYS = ("workflows_per_second tasks_per_second execute_p50_us execute_p99_us"
          " execute_alone_p50_us execute_alone_p99_us commits_per_task cpu_us_per_task").split()
IN_A_FILE = "floor_tasks_per_second floor_cpu_us_per_task rows_per_task".split()


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120)


class Performance(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def measure(self, program, *arguments):
        done = run(program, "--iterations", "40", "--concurrency", "4", "--rounds", "2",
                   "--json", "-", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_a_file_has_every_figure(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                figures = self.measure(program, "--database", f"sqlite://{self.folder}/a.db")
                for key in ALWAYS + IN_A_FILE + ["statements_per_task"]:
                    self.assertGreater(figures[key], 0, key)
                self.assertEqual(figures["durability"], "normal")
                self.assertEqual(figures["tasks_per_workflow"], TASKS[pathlib.Path(program).name])
                self.assertEqual(figures["iterations"], 40)

    def test_rows_that_stay_are_counted(self):
        """Per task its row, its output, and three events; per execution its row, its context, and
        three events more."""
        for program in PROGRAMS:
            tasks = TASKS[pathlib.Path(program).name]
            figures = self.measure(program, "--database", f"sqlite://{self.folder}/b.db")
            self.assertAlmostEqual(figures["rows_per_task"], 5 + 5 / tasks, places=2)

    def test_memory_has_no_floor_and_says_so(self):
        figures = self.measure(PROGRAMS[0], "--database", "memory://")
        for key in ALWAYS:
            self.assertGreater(figures[key], 0, key)
        for key in IN_A_FILE:
            self.assertIsNone(figures[key], key)
        self.assertIn("memory", figures["floor_note"])

    def test_the_url_may_say_what_is_durable(self):
        url = f"sqlite://{self.folder}/c.db?synchronous=full"
        self.assertEqual(self.measure(PROGRAMS[0], "--database", url)["durability"], "url")

    def test_nothing_is_left_of_an_own_database_and_of_the_floor(self):
        before = set(pathlib.Path("/tmp").glob("cloacina-performance-*"))
        self.measure(PROGRAMS[0])
        self.assertEqual(set(pathlib.Path("/tmp").glob("cloacina-performance-*")) - before, set())
        self.measure(PROGRAMS[0], "--database", f"sqlite://{self.folder}/d.db")
        self.assertEqual([path.name for path in self.folder.iterdir() if "floor" in path.name], [])

    def test_a_table_without_json_and_both_with_a_file(self):
        path = self.folder / "figures.json"
        done = run(PROGRAMS[0], "--iterations", "8", "--concurrency", "2", "--json", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("workflows/s", done.stdout)
        self.assertGreater(json.loads(path.read_text())["tasks_per_second"], 0)

    def test_help_names_every_option(self):
        done = run(PROGRAMS[0], "--help")
        self.assertEqual(done.returncode, 0)
        for option in "iterations concurrency database durability rounds slots json".split():
            self.assertIn("--" + option, done.stdout)

    def test_wrong_options_are_named(self):
        for arguments, words in [
            (["--iterations", "0"], "'--iterations' wants a number from 1 to 4294967295, not '0'"),
            (["--concurrency", "x"], "'--concurrency' wants a number from 1 to 4096, not 'x'"),
            (["--durability", "some"], "'--durability' wants full or normal, not 'some'"),
            (["--speed", "9"], "unknown option '--speed'"),
            (["--json"], "'--json'"),
        ]:
            done = run(PROGRAMS[0], *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_database_that_cannot_be_opened_is_named(self):
        done = run(PROGRAMS[0], "--database", f"sqlite://{self.folder}/no/such/folder/x.db")
        self.assertEqual(done.returncode, 3)
        self.assertIn("no/such/folder", done.stderr)


if __name__ == "__main__":
    PROGRAMS, sys.argv = sys.argv[1:], sys.argv[:1]
    unittest.main()
