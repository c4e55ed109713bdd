# SPDX-License-Identifier: Apache-2.0
"""cli_store.py - executions in a database: run, listed, shown, changed, forgotten."""

import json
import os
import re
import sqlite3

from cli_store_support import OnPostgres, StoreTest
from cli_support import main

ID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


class Executions(StoreTest):
    def test_a_workflow_runs_and_says_how_it_ended(self):
        text = self.done("run", "good", "--library", "./yard.so")
        self.assertRegex(text, rf"\A'good' {ID}: Completed after [^\n]* s; 2 of 2 tasks completed\n"
                         r'\{"cents":4200\}\n\Z')
        answer = self.answer("run", "good", "--library", "./yard.so", "--context", '{"a": [1]}')
        self.assertEqual(answer["status"], "Completed")
        self.assertEqual(answer["context"], {"a": [1], "cents": 4200})
        self.assertEqual(answer["failures"], [])

    def test_a_workflow_that_fails_is_status_one_with_its_reason(self):
        run = self.run_on("run", "bad", "--library", "./yard.so")
        self.assertEqual(run.returncode, 1)
        self.assertIn("'broken', attempt 1: the card", run.stdout.decode())
        self.assertRegex(run.stderr.decode(), r"\Acloacinactl: run: 'bad' is Failed: [^\n]*\n\Z")

    def test_a_context_may_come_from_a_file(self):
        self.write("context.json", '{"n": 7}')
        answer = self.answer("run", "good", "--library", "./yard.so", "--context", "@context.json")
        self.assertEqual(answer["context"]["n"], 7)

    def test_executions_are_listed_newest_first_in_pages(self):
        ids = [self.execute("good"), self.execute("bad", status=1), self.execute("good")]
        listed = self.answer("execution", "list")
        self.assertEqual([one["id"] for one in listed["executions"]], ids[::-1])
        self.assertIsNone(listed["next"])
        page = self.answer("execution", "list", "--limit", 2)
        self.assertEqual(page["next"], ids[1])
        rest = self.answer("execution", "list", "--limit", 2, "--after", page["next"])
        self.assertEqual([one["id"] for one in rest["executions"]], [ids[0]])
        oldest = self.answer("execution", "list", "--oldest-first", "--limit", 1)
        self.assertEqual(oldest["executions"][0]["id"], ids[0])

    def test_a_list_can_be_narrowed(self):
        self.execute("good")
        bad = self.execute("bad", status=1)
        for arguments in (["--status", "failed"], ["--workflow", "bad"],
                          ["--status", "Failed", "--status", "Paused"]):
            with self.subTest(arguments):
                listed = self.answer("execution", "list", *arguments)["executions"]
                self.assertEqual([one["id"] for one in listed], [bad])
        self.assertEqual(self.answer("execution", "list", "--status", "Paused"),
                         {"executions": [], "next": None})
        table = self.done("execution", "list", "--workflow", "bad").splitlines()
        self.assertEqual(table[0].split(), ["ID", "WORKFLOW", "STATUS", "DONE", "CREATED", "ENDED",
                                            "REASON"])
        self.assertRegex(table[1], rf"\A{ID}  bad       Failed  2/2   \S+Z  \S+Z  1 task failed")

    def test_one_is_shown_by_the_beginning_of_its_id(self):
        ident = self.execute("bad", status=1)
        shown = self.answer("execution", "show", ident[:-1])
        self.assertEqual(shown["id"], ident)
        self.assertEqual([task["status"] for task in shown["task_list"]], ["Failed", "Skipped"])
        self.assertEqual(shown["task_list"][0]["error_code"], "failed")
        self.assertEqual(shown["task_list"][1]["skip_reason"], "upstream_failed")
        self.assertEqual(shown["final_context"], {})
        text = self.done("execution", "show", ident)
        self.assertIn("'bad' Failed, 0 of 2 tasks completed, 1 failed, 1 skipped\n", text)
        self.assertIn('the card "was" declined\\x1b[31m', text)
        self.assertNotIn("\x1b", text)

    def test_events_tell_what_happened_in_order(self):
        ident = self.execute("good")
        events = self.answer("execution", "events", ident)["events"]
        order = [(event["revision"], event["n"]) for event in events]
        self.assertEqual(order, sorted(order))
        self.assertEqual(events[0]["type"], "workflow_submitted")
        self.assertEqual(events[-1]["type"], "workflow_completed")
        retries = [event for event in events if event["type"] == "task_retry_scheduled"]
        self.assertEqual([(event["task"], event["detail"]) for event in retries],
                         [("flaky", "failed")] * 2)
        later = self.answer("execution", "events", ident, "--after", events[-1]["revision"] - 1)
        self.assertEqual(later["events"][-1], events[-1])
        table = self.done("execution", "events", ident).splitlines()
        self.assertEqual(len(table), 1 + len(events))

    def test_what_makes_no_sense_now_is_refused(self):
        ident = self.execute("good")
        for verb, reason in (("pause", "it cannot be paused"), ("resume", "it cannot be resumed"),
                             ("cancel", "it cannot be cancelled"),
                             ("retry", "no task of it failed")):
            with self.subTest(verb):
                run = self.run_on("execution", verb, ident)
                self.assert_refused(run, f"execution {verb}: .*execution is Completed: {reason}"
                                    if verb != "retry" else reason)

    def test_failed_tasks_run_again_when_asked(self):
        ident = self.execute("bad", status=1)
        self.assert_refused(self.run_on("execution", "retry", ident, "--task", "brokn"),
                            "did you mean 'broken'")
        answer = self.answer("execution", "retry", ident, "--task", "broken")
        self.assertEqual(answer, {"id": ident, "status": "Running"})
        shown = self.answer("execution", "show", ident)
        self.assertEqual([task["status"] for task in shown["task_list"]], ["Ready", "NotStarted"])
        self.assertIn("no runner is open", shown["task_list"][0]["waits_for"])
        self.assertEqual(shown["task_list"][1]["waits_for"], "waits for 'broken'")
        self.assertEqual(self.done("execution", "pause", ident, "--reason", "lunch"),
                         f"{ident} Paused\n")
        self.assertEqual(self.answer("execution", "show", ident)["reason"], "lunch")
        self.assertEqual(self.done("execution", "resume", ident), f"{ident} Running\n")
        self.assertEqual(self.done("execution", "cancel", ident), f"{ident} Cancelled\n")
        self.assertEqual(self.answer("runner", "list")["runners"], [])

    def test_what_is_over_can_be_deleted(self):
        ident = self.execute("bad", status=1)
        self.done("execution", "retry", ident)
        self.assert_refused(self.run_on("execution", "delete", ident), "cannot be removed")
        self.done("execution", "cancel", ident)
        self.assertEqual(self.answer("execution", "delete", ident), {"id": ident, "status": None})
        self.assert_refused(self.run_on("execution", "show", ident), "there is no execution")

    def test_old_ones_are_cleaned_up(self):
        self.execute("good")
        self.execute("good")
        self.assertEqual(self.answer("admin", "cleanup", "--older-than", "1d")["executions"], 0)
        counted = self.answer("admin", "cleanup", "--older-than", "0s", "--dry-run")
        self.assertEqual((counted["executions"], counted["removed"]), (2, False))
        self.assertRegex(self.done("admin", "cleanup", "--older-than", "0s"),
                         r"\Aremoved 2 executions that ended before \S+Z\n\Z")
        self.assertEqual(self.answer("execution", "list")["executions"], [])

    def test_a_database_is_created_once(self):
        created = self.done("admin", "migrate")
        self.assertRegex(created, r"\Acreated: the schema has version \d+\n\Z")
        self.assertRegex(self.done("admin", "migrate"), "nothing to do")


class Export(StoreTest):
    def replayed(self, ident, status):
        """What simulate makes of the export, and the export."""
        self.done("execution", "export", ident, "--output", "run.json")
        with open(self.folder / "run.json", encoding="utf-8") as file:
            recording = json.load(file)
        return self.simulate("./run.json", "--slots", "0", status=status), recording

    def test_a_run_is_simulated_with_its_durations_and_failures(self):
        """price, then flaky: two failures with 10 ms and 20 ms before the next attempt."""
        report, recording = self.replayed(self.execute("good"), 0)
        tasks = {task["name"]: task for task in recording["tasks"]}
        self.assertEqual([attempt.get("code") for attempt in tasks["flaky"]["attempts"]],
                         ["failed", "failed", None])
        self.assertEqual(tasks["price"]["writes"], {"/cents": 4200})
        durations = [attempt["duration_ns"] for task in recording["tasks"]
                     for attempt in task["attempts"]]
        self.assertEqual(report["makespan_ns"], sum(durations) + 30_000_000)
        self.assertEqual([report[key] for key in ("completed", "failed", "attempts")], [2, 0, 4])

    def test_a_failure_fails_again_with_its_words(self):
        report, recording = self.replayed(self.execute("bad", status=1), 1)
        self.assertEqual([report[key] for key in ("completed", "failed", "skipped")], [0, 1, 1])
        self.assertIn('the card "was" declined', report["failures"][0]["message"])
        self.assertEqual(recording["status"], "Failed")
        tasks = {task["name"]: task["attempts"] for task in recording["tasks"]}
        self.assertEqual(report["makespan_ns"], tasks["broken"][0]["duration_ns"])
        self.assertEqual(tasks["after"], [])

    def test_without_a_file_it_goes_to_the_output(self):
        ident = self.execute("good")
        self.assertEqual(json.loads(self.done("execution", "export", ident))["id"], ident)
        run = self.run_on("execution", "export", ident, "--output", "none/run.json")
        self.assert_refused(run, "cannot write 'none/run.json'", status=3)


class ExecutionsOnPostgres(OnPostgres, Executions):
    """The same on a server."""


class ExportOnPostgres(OnPostgres, Export):
    """The same on a server."""


class Refusals(StoreTest):
    """Each is one line that names the place and the reason, and creates nothing."""

    def refused(self, message, *arguments, status=2):
        self.assert_refused(self.run_program(*arguments), message, status=status)

    def test_a_database_that_is_not_there_stays_so(self):
        for verb in (["execution", "list"], ["runner", "list"], ["execution", "show", "01"],
                     ["run", "nothing"]):
            with self.subTest(verb):
                self.refused("no such file", *verb, "--database", "none.db")
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("none")], [])

    def test_a_wrong_url_is_named(self):
        for url, message in (("mysql://host/db", "mysql"), ("nothing", "nothing"), ("", "''")):
            with self.subTest(url):
                self.refused(message, "execution", "list", "--database", url)
        self.refused("option '--database' is missing", "execution", "list")

    def test_a_server_that_does_not_answer_is_named_without_its_password(self):
        run = self.run_program("execution", "list", "--database",
                               "postgres://user:geheim@127.0.0.1:1/db")
        self.assertIn(run.returncode, (2, 3))
        self.assertNotIn(b"geheim", run.stderr)
        self.assertEqual(run.stderr.count(b"\n"), 1)

    def test_another_programs_database_is_left_alone(self):
        with sqlite3.connect(self.folder / "other.db") as other:
            other.execute("CREATE TABLE notes (text TEXT)")
        self.refused("other.db", "execution", "list", "--database", "other.db")
        self.refused("other.db", "admin", "migrate", "--database", "other.db")
        with sqlite3.connect(self.folder / "other.db") as other:
            self.assertEqual(other.execute("SELECT name FROM sqlite_master").fetchall(),
                             [("notes",)])

    def test_a_newer_schema_is_refused(self):
        self.done("admin", "migrate")
        with sqlite3.connect(self.folder / self.database) as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(schema_migrations)")]
            last = database.execute("SELECT * FROM schema_migrations ORDER BY version DESC LIMIT 1")
            row = list(last.fetchone())
            row[columns.index("version")] = 9999
            marks = ",".join("?" * len(row))
            database.execute(f"INSERT INTO schema_migrations VALUES ({marks})", row)
        self.refused("newer", "execution", "list", "--database", self.database)

    def test_a_file_that_may_not_be_written_is_named(self):
        ident = self.execute("bad", status=1)
        os.chmod(self.folder, 0o755)
        os.chmod(self.folder / self.database, 0o444)
        options = {"user": "nobody"} if os.getuid() == 0 else {}
        try:
            run = self.run_on("execution", "retry", ident, **options)
        except PermissionError:
            self.skipTest("the user 'nobody' may not run this program")
        # What gcov says when 'nobody' may not write its files is not ours.
        run.stderr = re.sub(rb"profiling:[^\n]*\n", b"", run.stderr)
        self.assert_refused(run, self.database, status=run.returncode)
        self.assertIn(run.returncode, (2, 3))

    def test_an_id_must_be_there_and_be_meant(self):
        first, second = self.execute("good"), self.execute("good")
        common = os.path.commonprefix([first, second])
        self.refused(f"several executions begin with '{common}', such as {first} and {second}",
                     "execution", "show", common, "--database", self.database)
        self.refused("there is no execution 'ffff'", "execution", "show", "ffff", "--database",
                     self.database)
        for word in ("xyz", "0197-", "", "0" * 40):
            with self.subTest(word):
                self.refused(f"'{word}' is no id of an execution", "execution", "show", word,
                             "--database", self.database)
        self.refused("the ID is missing", "execution", "show", "--database", self.database)

    def test_a_context_must_be_an_object(self):
        for context, message in (("[1]", "wanted an object, found an array"), ("{", "column 2"),
                                 ('{"a": 1, "a": 2}', "'a'"), ("@none.json", "none.json"),
                                 ("@.", "is a directory")):
            with self.subTest(context):
                self.refused(r"run: option '--context': .*" + re.escape(message), "run", "good",
                             "--library", "./yard.so", "--database", "new.db", "--context", context)
        self.assertFalse((self.folder / "new.db").exists())

    def test_a_library_must_be_one(self):
        self.write("text.so", "no library\n")
        for arguments in (["run", "good"], ["runner"]):
            for library in ("./text.so", "./none.so"):
                with self.subTest(arguments=arguments, library=library):
                    self.refused(library, *arguments, "--library", library, "--database", "new.db")
        self.assertFalse((self.folder / "new.db").exists())

    def test_a_workflow_must_be_known_to_somebody(self):
        self.done("admin", "migrate")
        self.refused("workflow 'nightly' is neither built in nor known to the database", "run",
                     "nightly", "--database", self.database)
        self.refused("did you mean 'good'", "run", "goot", "--library", "./yard.so", "--database",
                     self.database)

    def test_a_status_must_be_one(self):
        self.done("admin", "migrate")
        self.refused("'Compleded' is no status; did you mean 'Completed'", "execution", "list",
                     "--status", "Compleded", "--database", self.database)

    def test_a_recording_that_was_broken_names_its_place(self):
        self.write("run.json", '{"recording": 1,\n "tasks": []}')
        self.refused(r"run.json:2:2: the definition comes before the tasks", "simulate", "run.json")


if __name__ == "__main__":
    main()
