# SPDX-License-Identifier: Apache-2.0
"""cli_runner.py - the production process, as whoever operates it sees it: ready, healthy, drained,
killed; on a file, and on a server where there is one."""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request

from cli_store_support import OnPostgres, StoreTest
from cli_support import PROGRAM, SECONDS_MAX, main

WORKFLOWS = "bad, good, held"


class Runner(StoreTest):
    def get(self, line, path):
        """Status and body of an answer from the address in the ready line."""
        url = line.rsplit("; ", 1)[1].strip() + path
        self.assertRegex(url, r"\Ahttp://127\.0\.0\.1:\d+/")
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def hold(self):
        """Somebody who submits 'held' by the definition in the database, and waits for its end."""
        return self.start("run", "held", "--json")

    def held_id(self):
        """The id of the execution that is held, once its task runs."""
        while True:
            listed = self.answer("execution", "list", "--workflow", "held", "--status", "Running")
            if listed["executions"]:
                return listed["executions"][0]["id"]

    def know_held(self):
        """Makes the database know the workflow 'held', which ends."""
        process = self.start("run", "held", "--library", "./yard.so", "--json")
        self.open_gate()
        status, output, errors = self.finish(process)
        self.assertEqual((status, json.loads(output)["status"]), (0, "Completed"), errors)

    def test_it_says_when_it_is_ready_and_drains(self):
        process, line = self.start_runner(name="worker-1")
        self.assertRegex(line, rf"\Aready: runner 'worker-1', lease \d+, workflows {WORKFLOWS}\n\Z")
        process.send_signal(signal.SIGTERM)
        status, output, errors = self.finish(process)
        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(output, r"\Adraining: 0 tasks are running; [^\n]*\nstopped\n\Z")
        self.assertEqual(self.answer("runner", "list")["runners"], [])

    def test_a_running_body_may_finish_while_it_drains(self):
        self.know_held()
        process, _ = self.start_runner()
        waiting = self.hold()
        ident = self.held_id()
        process.send_signal(signal.SIGINT)
        self.assertRegex(process.stdout.readline(), "draining: 1 task is running")
        self.open_gate()
        status, output, errors = self.finish(process)
        self.assertEqual((status, output, errors), (0, "stopped\n", ""))
        shown = self.answer("execution", "show", ident)
        self.assertEqual([task["status"] for task in shown["task_list"]], ["Completed", "Ready"])
        process, _ = self.start_runner(name="next")
        status, output, errors = self.finish(waiting)
        self.assertEqual((status, json.loads(output)["id"]), (0, ident), errors)

    def test_a_second_signal_ends_it_at_once(self):
        self.know_held()
        process, _ = self.start_runner()
        self.hold()
        ident = self.held_id()
        process.send_signal(signal.SIGTERM)
        self.assertRegex(process.stdout.readline(), "draining: 1 task is running")
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(process)[0], 1)
        self.assertEqual(self.answer("execution", "show", ident)["status"], "Running")

    def test_bodies_that_do_not_end_in_time_are_left_behind(self):
        self.know_held()
        process, _ = self.start_runner("--drain", "1ms", "--cancel-grace", "1ms")
        self.hold()
        self.held_id()
        process.send_signal(signal.SIGTERM)
        status, _, errors = self.finish(process)
        self.assertEqual(status, 1)
        self.assertRegex(errors, r"\Acloacinactl: runner: [^\n]+\n\Z")

    def test_health_readiness_and_metrics_are_served(self):
        self.know_held()
        process, line = self.start_runner("--health", "0")
        self.assertEqual(self.get(line, "/health"), (200, '{"status":"ok","reason":null}\n'))
        self.assertEqual(self.get(line, "/ready"), (200, '{"status":"ok","reason":null}\n'))
        self.assertEqual(self.get(line, "/other")[0], 404)
        self.hold()
        self.held_id()
        status, metrics = self.get(line, "/metrics")
        self.assertEqual(status, 200)
        self.assertIn("\ncloacina_active_tasks 1\n", metrics)
        self.assertIn("\ncloacina_runner_slots 4\n", metrics)
        process.send_signal(signal.SIGTERM)
        process.stdout.readline()
        self.assertEqual(self.get(line, "/ready"),
                         (503, '{"status":"not-ready","reason":"draining"}\n'))
        self.open_gate()
        self.assertEqual(self.finish(process)[0], 0)

    def test_what_a_task_waits_for_is_shown(self):
        self.know_held()
        process, _ = self.start_runner(name="worker-7")
        self.hold()
        ident = self.held_id()
        hold, last = self.answer("execution", "show", ident)["task_list"]
        self.assertEqual((hold["runner"], hold["status"]), ("worker-7", "Running"))
        self.assertRegex(hold["waits_for"], "attempt 1 of 1 runs for .* on 'worker-7'")
        self.assertEqual(last["waits_for"], "waits for 'hold'")
        runners = {one["name"]: one for one in self.answer("runner", "list")["runners"]}
        self.assertEqual(runners["worker-7"]["claims"], 1)
        self.assertEqual(runners["worker-7"]["lease"], hold["lease"])
        table = self.done("runner", "list").splitlines()
        self.assertEqual(table[0].split(), ["NAME", "LEASE", "CLAIMS", "OPENED", "LAST", "BEAT"])
        self.open_gate()

    def test_an_execution_is_paused_resumed_and_cancelled_while_it_runs(self):
        self.know_held()
        self.start_runner()
        waiting = self.hold()
        ident = self.held_id()
        self.assertEqual(self.answer("execution", "pause", ident)["status"], "Paused")
        self.assertEqual(self.answer("execution", "resume", ident)["status"], "Running")
        self.assertEqual(
            self.answer("execution", "cancel", ident, "--reason", "no more")["status"], "Cancelled")
        status, output, errors = self.finish(waiting)
        self.assertEqual((status, json.loads(output)["status"]), (1, "Cancelled"))
        self.assertRegex(errors, "'held' is Cancelled: no more")
        self.open_gate()

    def test_a_wait_that_takes_too_long_is_given_up(self):
        self.know_held()
        run = self.run_on("run", "held", "--timeout", "100ms")
        self.assert_refused(run, r"not over yet; execution \S+ goes on", status=1)
        run = self.run_on("run", "held", "--library", "./yard.so", "--timeout", "100ms")
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr.decode(), r"execution \S+ goes on")

    def test_a_run_that_is_interrupted_says_so(self):
        self.done("admin", "migrate")
        process = self.start("run", "held", "--library", "./yard.so", "--timeout", "1h")
        ident = self.held_id()
        process.send_signal(signal.SIGINT)
        self.open_gate()
        status, _, errors = self.finish(process)
        self.assertEqual(status, 1)
        self.assertIn(f"interrupted; execution {ident} goes on", errors)

    def test_what_it_cannot_do_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            run = self.run_on("runner", "--library", "./yard.so", "--quiet", "--health", port)
            if b"without libmicrohttpd" not in run.stderr:
                self.assert_refused(run, "runner: option '--health': cannot listen on 127.0.0.1:"
                                    f"{port}: Address already in use")
        for arguments, message in (
                (["--slots", "0"], "option '--slots': '0' is not from 1"),
                (["--quiet", "--verbose"], "contradict each other"),
                (["--heartbeat", "fast"], "'fast' is no duration"),
                (["--heartbeat", "50s"], "(?i)stale"),
                (["--durability", "maybe"], "none of full, normal"),
                (["extra"], "unexpected argument 'extra'")):
            with self.subTest(arguments):
                run = self.run_on("runner", "--library", "./yard.so", *arguments)
                self.assert_refused(run, message)

    def test_output_that_nobody_takes_ends_it(self):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as output:
            status = subprocess.run(
                [PROGRAM, "runner", "--library", "./yard.so", "--quiet", "--database",
                 self.database], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.DEVNULL, timeout=SECONDS_MAX, check=False).returncode
        self.assertEqual(status, 3)


class RunnerOnPostgres(OnPostgres, Runner):
    """The same on a server."""


if __name__ == "__main__":
    main()
