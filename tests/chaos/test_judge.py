# SPDX-License-Identifier: Apache-2.0
"""test_judge.py - the judge finds what is planted: after a calm run each damage breaks its law.

    test_judge.py CLOACINACTL SUBMIT LIBRARY"""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from judge import Judge
from store import SqliteRows

HERE = pathlib.Path(__file__).parent
WORKFLOWS = 14  # two of each
ARGUMENTS = []

# The law, and the SQL that breaks it.
DAMAGES = [
    ("end", "UPDATE contexts SET value = replace(value, '\"number\":3', '\"number\":4')"),
    ("end", "UPDATE task_outputs SET delta = '{}' WHERE execution = 2 AND task = 1"),
    ("end", "UPDATE workflow_executions SET status = 3 WHERE execution = 1"),
    ("replay", "UPDATE workflow_executions SET completed = completed + 1 WHERE execution = 1"),
    ("replay", "UPDATE task_executions SET status = 2, claim_lease = 1 WHERE execution = 1"),
    ("replay", "UPDATE task_executions SET attempt = attempt + 1 WHERE execution = 5"),
    ("replay", "DELETE FROM execution_events WHERE type = 10 AND execution = 3"),
    ("replay", "UPDATE execution_events SET claim_serial = 999 WHERE type = 13 AND execution = 3"),
    ("history", "UPDATE execution_events SET revision = revision + 1000 WHERE revision = 2"),
    ("history", "UPDATE execution_events SET n = 7 WHERE n = 1 AND revision = 1 AND execution = 4"),
    ("history", "UPDATE workflow_executions SET commit_serial = 999 WHERE execution = 1"),
    ("history", "DELETE FROM task_executions WHERE execution = 2 AND task = 3"),
    ("once", "INSERT INTO execution_events SELECT execution, revision + 1, 0, task, attempt, type,"
             " code, skip, at, retry_at, claim_lease, claim_serial, 1, 999 FROM execution_events"
             " WHERE type = 13 AND execution = 1"),
    ("leases", "INSERT INTO runner_leases (name, beat, opened_at, beat_at)"
               " VALUES ('ghost', 1, 1, 1)"),
    ("customer", "DELETE FROM workflow_executions WHERE execution = 1"),
    ("journal", "UPDATE execution_events SET claim_serial = claim_serial + 1000"),
]


class Findings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="cloacina-judge-")))
        subprocess.run([sys.executable, HERE / "chaos.py", *ARGUMENTS, "--workflows",
                        str(WORKFLOWS), "--kill-every", "0", "--folder", cls.folder], check=True,
                       stdout=subprocess.DEVNULL)
        told = (cls.folder / "told.json").read_text(encoding="utf-8")
        cls.told = json.loads(told)

    def findings(self, database):
        return Judge(SqliteRows(database)).judge(self.folder / "journal", self.told)

    def test_a_calm_run_has_none(self):
        self.assertEqual(self.findings(self.folder / "chaos.db"), [])

    def test_each_damage_is_found_under_its_law(self):
        for number, (law, statement) in enumerate(DAMAGES):
            with self.subTest(statement):
                damaged = self.folder / ("damaged-%d.db" % number)
                shutil.copy(self.folder / "chaos.db", damaged)
                connection = sqlite3.connect(damaged)
                connection.execute("PRAGMA ignore_check_constraints = ON")
                changed = connection.execute(statement).rowcount
                connection.commit()
                connection.close()
                self.assertGreater(changed, 0)
                laws = {finding.split(":")[0] for finding in self.findings(damaged)}
                self.assertIn(law, laws)

    def test_work_done_twice_by_one_claim_is_found(self):
        journal = next(path for path in (self.folder / "journal").iterdir()
                       if path.stat().st_size > 0)
        before = journal.read_text(encoding="utf-8")
        self.addCleanup(journal.write_text, before, encoding="utf-8")
        journal.write_text(before + before.splitlines()[0] + "\n", encoding="utf-8")
        findings = self.findings(self.folder / "chaos.db")
        self.assertEqual([finding.split(":")[0] for finding in findings], ["journal"])


def main():
    if len(sys.argv) < 4:
        raise SystemExit("usage: test_judge.py CLOACINACTL SUBMIT LIBRARY [unittest arguments]")
    ARGUMENTS.extend(os.path.abspath(sys.argv.pop(1)) for _ in range(3))
    unittest.main(module="__main__")


if __name__ == "__main__":
    main()
