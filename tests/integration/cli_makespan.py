# SPDX-License-Identifier: Apache-2.0
"""cli_makespan.py - how long recorded and generated workflows take in virtual time.

With unlimited slots that is the critical path, to the nanosecond. With k slots in all it is at
least max(critical path, work / k), and at most work / k + critical path * (1 - 1 / k): no slot is
idle while a task could run (R. L. Graham, "Bounds on multiprocessing timing anomalies", 1969).
"""

import random
import unittest

from cli_support import SAMPLES, ProgramTest, document_of, main, random_tasks, read_recording


class Makespan(ProgramTest):
    def assert_as_computed(self, path, runners_and_slots):
        recording = read_recording(self.folder / path)
        critical_path, work = recording.critical_path(), recording.work
        for runners, slots in runners_and_slots:
            with self.subTest(path=str(path), runners=runners, slots=slots):
                report = self.simulate(path, "--runners", runners, "--slots", slots)
                makespan = report["makespan_ns"]
                self.assertEqual(report["completed"], len(recording.runtimes))
                self.assertEqual(report["attempts"], len(recording.runtimes))
                self.assertGreaterEqual(report["virtual_ns"], makespan)
                if slots == 0:
                    self.assertEqual(makespan, critical_path)
                else:
                    count = runners * slots
                    self.assertGreaterEqual(makespan, critical_path)
                    self.assertGreaterEqual(makespan * count, work)
                    self.assertLessEqual(makespan * count, work + critical_path * (count - 1))

    @unittest.skipIf(not SAMPLES, "the recorded workflows are not beside this source tree")
    def test_recorded_workflows_take_their_critical_path_and_respect_the_bounds(self):
        for path in SAMPLES:
            self.assert_as_computed(path, [(1, 0), (3, 0), (1, 1), (1, 2), (1, 4), (1, 7),
                                           (2, 1), (3, 5), (16, 4)])

    def test_random_graphs_take_their_critical_path_and_respect_the_bounds(self):
        rng = random.Random(20240101)
        for number, style in enumerate(["parents", "children", "both", "either"] * 5):
            tasks = random_tasks(rng, rng.randint(1, 120), rng.randint(0, 6))
            path = self.write(f"{number}.json", document_of(tasks, style))
            self.assert_as_computed(path, [(1, 0), (2, 0), (1, 1), (1, 3), (2, 2), (5, 1)])

    def test_graphs_with_one_task_and_with_no_edges(self):
        one = self.write("one.json", document_of([("a", [], "1.5")]))
        self.assert_as_computed(one, [(1, 0), (1, 1), (3, 2)])
        wide = self.write("wide.json", document_of([(f"t{i}", [], "2.5") for i in range(50)]))
        self.assert_as_computed(wide, [(1, 0), (1, 1), (1, 50), (1, 51), (7, 7)])

    def test_tasks_that_cost_nothing(self):
        tasks = [("a", [], "0"), ("b", ["a"], "0.0"), ("c", ["b"], "0.0000000001")]
        path = self.write("nothing.json", document_of(tasks))
        self.assert_as_computed(path, [(1, 0), (1, 1), (2, 1)])

    def test_a_run_longer_than_worlds_usually_last(self):
        tasks = [(f"t{i}", [f"t{i - 1}"] if i else [], "2592000.000000001") for i in range(3)]
        path = self.write("long.json", document_of(tasks))
        self.assert_as_computed(path, [(1, 0), (2, 1)])

    def test_the_seed_moves_no_time(self):
        tasks = random_tasks(random.Random(7), 60, 3)
        path = self.write("seeds.json", document_of(tasks))
        report = self.simulate(path, "--slots", 0, "--seeds", 20)
        critical_path = read_recording(self.folder / path).critical_path()
        self.assertEqual({run["makespan_ns"] for run in report["runs"]}, {critical_path})

    def test_a_generated_chain_takes_the_sum_of_its_costs(self):
        report = self.simulate("--generate", "chain:1000,cost=7", "--slots", 1)
        self.assertEqual(report["makespan_ns"], 7_000_000_000)
        report = self.simulate("--generate", "layered:10x20,edges=10,cost=3", "--slots", 10)
        self.assertEqual(report["makespan_ns"], 60_000_000)
        report = self.simulate("--generate", "random:100,edges=0,cost=3", "--slots", 0)
        self.assertEqual(report["makespan_ns"], 3_000_000)


if __name__ == "__main__":
    main()
