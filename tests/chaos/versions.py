# SPDX-License-Identifier: Apache-2.0
"""versions.py - two versions of one workflow, in one store, at the same time.

    versions.py CLOACINACTL VERSION_1 VERSION_2

An execution runs by the definition it began with; whoever has a body of the task's name may run it.
On SQLite, and on PostgreSQL when there is a server (CLOACINA_TEST_POSTGRES)."""

import os
import subprocess
import sys
import tempfile
import time
import unittest

from processes import PATIENCE, Runner, ask

from postgres_cluster import VARIABLE, Cluster, find_binaries  # the path is set by processes

PROGRAM, LIBRARIES = None, {}
TASKS = {1: ["gather", "pack"], 2: ["gather", "pack", "ship"]}


class Versions:
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cloacina-versions-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(os.path.join(self.folder, "journal"))
        self.database = self.make_database()

    def start(self, version):
        runner = Runner(PROGRAM, "version-%d" % version, self.database, [LIBRARIES[version]],
                        self.folder)
        self.addCleanup(runner.kill)
        runner.wait_until_ready()
        return runner

    def run_here(self, version):
        """Brings the version's definition into the store."""
        return self.finished(ask(PROGRAM, "run", "evolving", "--library", LIBRARIES[version],
                                 "--database", self.database)["id"])

    def submit(self):
        """By the newest definition in the store; whoever is there runs it."""
        return ask(PROGRAM, "run", "evolving", "--database", self.database)["id"]

    def show(self, identity):
        return ask(PROGRAM, "execution", "show", identity, "--database", self.database)

    def finished(self, identity):
        """Which versions did the tasks of a completed execution, in order of definition."""
        shown = self.show(identity)
        self.assertEqual(shown["status"], "Completed", shown)
        context = shown["final_context"]
        return [(task["name"], context[task["name"] + "_by"]) for task in shown["task_list"]]

    def wait_for(self, identity, task, status):
        deadline = time.monotonic() + PATIENCE
        while True:
            shown = self.show(identity)
            found = next(row for row in shown["task_list"] if row["name"] == task)
            if found["status"] == status:
                return shown, found
            self.assertLess(time.monotonic(), deadline, shown)
            time.sleep(0.02)

    def test_an_old_execution_is_run_by_the_bodies_of_new_code(self):
        self.assertEqual(self.run_here(1), [("gather", 1), ("pack", 1)])
        self.start(2)
        self.assertEqual(self.finished(self.submit()), [("gather", 2), ("pack", 2)])

    def test_runners_of_both_versions_share_the_work_and_each_definition_is_kept(self):
        self.start(1)
        self.start(2)
        for version in (1, 2):
            done = self.run_here(version)
            self.assertEqual([name for name, _ in done], TASKS[version])
        for _ in range(20):
            done = self.finished(self.submit())
            self.assertEqual([name for name, _ in done], TASKS[2])
            self.assertEqual(done[-1], ("ship", 2))

    def test_a_task_that_no_runner_has_a_body_for_stays_ready_and_says_so(self):
        self.run_here(2)
        self.start(1)
        customer = subprocess.Popen(
            [PROGRAM, "run", "evolving", "--database", self.database, "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(customer.wait)
        self.addCleanup(customer.kill)
        self.addCleanup(customer.stdout.close)
        identity = self.newest()
        shown, ship = self.wait_for(identity, "ship", "Ready")
        self.assertEqual(shown["status"], "Running")
        self.assertIn("needs a free slot of a runner that has its body", ship["waits_for"])
        self.start(2)
        self.assertEqual(customer.wait(PATIENCE), 0)
        self.assertEqual(self.finished(identity), [("gather", 1), ("pack", 1), ("ship", 2)])

    def newest(self):
        """The execution that is not over, as soon as it is there."""
        deadline = time.monotonic() + PATIENCE
        while True:
            listed = ask(PROGRAM, "execution", "list", "--status", "Pending", "--status",
                         "Running", "--database", self.database)["executions"]
            if listed:
                return listed[0]["id"]
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


class OnSqlite(Versions, unittest.TestCase):
    def make_database(self):
        return "sqlite://" + os.path.join(self.folder, "versions.db")


@unittest.skipIf(find_binaries() is None, "no PostgreSQL server is installed (Debian: postgresql)")
class OnPostgres(Versions, unittest.TestCase):
    def make_database(self):
        cluster = Cluster(fsync=False)
        self.addCleanup(cluster.remove)
        cluster.create()
        return cluster.url


def main():
    global PROGRAM  # pylint: disable=global-statement
    if len(sys.argv) < 4:
        raise SystemExit("usage: versions.py CLOACINACTL VERSION_1 VERSION_2 [unittest arguments]")
    PROGRAM, LIBRARIES[1], LIBRARIES[2] = (os.path.abspath(sys.argv.pop(1)) for _ in range(3))
    os.environ.pop(VARIABLE, None)
    unittest.main(module="__main__")


if __name__ == "__main__":
    main()
