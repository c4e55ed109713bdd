# SPDX-License-Identifier: Apache-2.0
"""cli_simulate.py - what `cloacinactl simulate` prints and writes, and how it ends."""

import json
import os
import pty
import shutil
import subprocess
import unittest

from cli_support import PROGRAM, SECONDS_MAX, ProgramTest, document_of, main

FIGURES = ["tasks", "completed", "failed", "skipped", "attempts", "events", "makespan_ns",
           "virtual_ns", "wall_ns", "trace_hash"]
ODD_NAME = "a \"quoted\" \\ task\u00e9\U0001f600"
DIAMOND = [("a", [], "1"), ("b", ["a"], "2"), ("c", ["a"], "3"), (ODD_NAME, ["b", "c"], "4")]


def without_wall_time(report):
    return {key: [without_wall_time(run) for run in value] if key == "runs" else value
            for key, value in report.items() if key != "wall_ns"}


class Report(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("w.json", document_of(DIAMOND, name="odd \"name\""))

    def test_one_seed_is_one_object_with_the_promised_keys(self):
        report = self.simulate("w.json")
        self.assertEqual(list(report), ["workflow", "seed", "seeds", "runners", "slots", *FIGURES,
                                        "failures"])
        self.assertEqual(report["workflow"], "odd \"name\"")
        self.assertEqual([report[key] for key in ("seed", "seeds", "runners", "slots")],
                         [0, 1, 1, 4])
        self.assertEqual([report[key] for key in FIGURES[:5]], [4, 4, 0, 0, 4])
        self.assertEqual(report["makespan_ns"], 8_000_000_000)
        self.assertRegex(report["trace_hash"], r"\A[0-9a-f]{32}\Z")
        self.assertEqual(report["failures"], [])

    def test_several_seeds_have_a_run_each_and_totals(self):
        report = self.simulate("w.json", "--seed", 5, "--seeds", 3)
        self.assertEqual([run["seed"] for run in report["runs"]], [5, 6, 7])
        for run in report["runs"]:
            self.assertEqual(list(run), ["seed", *FIGURES])
        for key in ("tasks", "completed", "attempts", "events", "virtual_ns", "wall_ns"):
            self.assertEqual(report[key], sum(run[key] for run in report["runs"]), key)
        single = self.simulate("w.json", "--seed", 6)
        for key in FIGURES:
            if key != "wall_ns":
                self.assertEqual(report["runs"][1][key], single[key], key)

    def test_the_same_command_gives_the_same_result(self):
        for arguments in (["w.json"], ["w.json", "--seeds", 5, "--runners", 3, "--slots", 1],
                          ["--generate", "random:300", "--runners", 2]):
            first = without_wall_time(self.simulate(*arguments))
            self.assertEqual(first, without_wall_time(self.simulate(*arguments)))

    @unittest.skipIf(shutil.which("setarch") is None, "setarch is not installed")
    def test_addresses_do_not_matter(self):
        command = [PROGRAM, "simulate", "w.json", "--runners", "3", "--json", "-"]
        plain = subprocess.run(command, cwd=self.folder, capture_output=True, check=True)
        fixed = subprocess.run(["setarch", "-R", *command], cwd=self.folder, capture_output=True,
                               check=False)
        if fixed.returncode != 0 and b"personality" in fixed.stderr:
            self.skipTest("this machine does not let a program fix its addresses")
        self.assertEqual(without_wall_time(json.loads(plain.stdout)),
                         without_wall_time(json.loads(fixed.stdout)))

    def test_watching_changes_nothing(self):
        plain = without_wall_time(self.simulate("w.json"))
        traced = without_wall_time(self.simulate("w.json", "--trace", "t.json"))
        self.assertEqual(plain, traced)

    def test_checkers_change_nothing_but_the_time(self):
        plain = without_wall_time(self.simulate("w.json"))
        self.assertEqual(plain, without_wall_time(self.simulate("w.json", "--checkers", "off")))

    def test_a_summary_goes_to_the_output_and_the_report_to_a_file(self):
        run = self.run_program("simulate", "w.json", "--json", "r.json")
        self.assertEqual(run.returncode, 0)
        lines = run.stdout.decode().splitlines()
        self.assertEqual(lines[0], "'odd \"name\"' on 1 runner with 4 slots, seed 0")
        self.assertRegex(lines[1], r"^tasks     4 completed, 0 failed, 0 skipped; 4 attempts, ")
        self.assertEqual(lines[2], "makespan  8 s")
        self.assertRegex(lines[3], r"^time      8 s virtual, [0-9.,]+ ms real: ")
        report = json.loads((self.folder / "r.json").read_text())
        self.assertEqual(lines[4], f"trace     {report['trace_hash']}")
        self.assertEqual(len(lines), 5)

    def test_a_context_comes_from_the_command_line_or_from_a_file(self):
        self.write("c.json", "{\"order\": 7}\n")
        inline = self.simulate("w.json", "--context", "{\"order\": 7}")
        file = self.simulate("w.json", "--context", "@c.json")
        self.assertEqual(inline["trace_hash"], file["trace_hash"])


class Trace(ProgramTest):
    def test_runners_are_processes_slots_are_threads_and_attempts_do_not_overlap(self):
        tasks = [(f"t{i}", [f"t{i - 3}"] if i >= 3 else [], f"{i % 4}.5") for i in range(40)]
        self.write("w.json", document_of(tasks + [(ODD_NAME, [], "1")]))
        report = self.simulate("w.json", "--runners", 2, "--slots", 3, "--trace", "t.json")
        trace = json.loads((self.folder / "t.json").read_text())
        events = trace["traceEvents"]
        processes = {event["pid"]: event["args"]["name"] for event in events
                     if event["ph"] == "M" and event["name"] == "process_name"}
        self.assertEqual(processes, {1: "runner-1", 2: "runner-2"})
        threads = {(event["pid"], event["tid"]): event["args"]["name"] for event in events
                   if event["ph"] == "M" and event["name"] == "thread_name"}
        attempts = [event for event in events if event["ph"] == "X"]
        self.assertEqual(len(attempts), report["attempts"])
        self.assertEqual({event["name"] for event in attempts},
                         {ODD_NAME, *(task for task, _, _ in tasks)})
        lanes = {}
        for event in attempts:
            self.assertIn((event["pid"], event["tid"]), threads)
            self.assertLessEqual(event["tid"], 3)
            self.assertEqual(event["args"]["result"], "ok")
            lanes.setdefault((event["pid"], event["tid"]), []).append(
                (event["ts"], event["ts"] + event["dur"]))
        for spans in lanes.values():
            spans.sort()
            for (_, end), (begin, _) in zip(spans, spans[1:]):
                self.assertLessEqual(end, begin)
        end = max(event["ts"] + event["dur"] for event in attempts)
        self.assertEqual(round(end * 1000), report["makespan_ns"])

    def test_of_several_seeds_the_first_is_traced(self):
        self.write("w.json", document_of(DIAMOND))
        self.simulate("w.json", "--seeds", 3, "--trace", "t.json")
        trace = json.loads((self.folder / "t.json").read_text())
        self.assertEqual(sum(event["ph"] == "X" for event in trace["traceEvents"]), 4)


class Progress(ProgramTest):
    def test_always_draws_a_bar_that_ends_full(self):
        run = self.run_program("simulate", "--generate", "chain:5000", "--progress", "always",
                               "--seeds", 2)
        self.assertEqual(run.returncode, 0)
        pictures = run.stderr.decode().split("\r")
        self.assertEqual(pictures[1], "[" + "." * 36 + "]   0 %  seed 1 of 2")
        self.assertEqual(pictures[-1], "[" + "#" * 36 + "] 100 %  seed 2 of 2\n")

    def test_never_and_auto_without_a_terminal_draw_nothing(self):
        for mode in ("never", "auto"):
            run = self.run_program("simulate", "--generate", "chain:50", "--progress", mode)
            self.assertEqual((run.returncode, run.stderr), (0, b""))

    def test_auto_draws_on_a_terminal_what_takes_long(self):
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [PROGRAM, "simulate", "--generate", "layered:500x200", "--slots", "100"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower)
        os.close(follower)
        drawn = b""
        while True:
            try:
                chunk = os.read(leader, 4096)
            except OSError:  # the terminal is gone with the program
                break
            if not chunk:
                break
            drawn += chunk
        os.close(leader)
        self.assertEqual(process.wait(SECONDS_MAX), 0)
        if drawn:  # a machine may be too fast for the first picture
            self.assertRegex(drawn.decode(), r"\A(\r\[[#.]{36}\] [ 0-9]{3} %)+\r\n\Z")


class Streams(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("w.json", document_of(DIAMOND))

    def test_what_cannot_be_written_is_status_three(self):
        with open("/dev/full", "w") as full:
            run = subprocess.run([PROGRAM, "simulate", "w.json"], cwd=self.folder, stdout=full,
                                 stderr=subprocess.PIPE, check=False)
        self.assertEqual(run.returncode, 3)
        self.assertRegex(run.stderr, b"cannot write the output: No space left on device\n\\Z")
        for option in ("--json", "--trace"):
            run = self.run_program("simulate", "w.json", option, "/dev/full")
            self.assertEqual(run.returncode, 3)
            self.assertRegex(run.stderr, b"cannot write '/dev/full': No space left on device\n\\Z")
            run = self.run_program("simulate", "w.json", option, "no/such/folder")
            self.assert_refused(run, "cannot write 'no/such/folder': No such file", status=3)

    def test_a_closed_pipe_is_status_three_and_no_death_by_signal(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        run = subprocess.run([PROGRAM, "simulate", "w.json"], cwd=self.folder, stdout=write_end,
                             stderr=subprocess.PIPE, check=False)
        os.close(write_end)
        self.assertEqual(run.returncode, 3)
        self.assertRegex(run.stderr, b"cannot write the output: Broken pipe\n\\Z")

    def test_an_output_closed_from_the_start_is_not_mistaken_for_a_file(self):
        run = subprocess.run(["sh", "-c", f"'{PROGRAM}' simulate w.json --trace t.json >&-"],
                             cwd=self.folder, stderr=subprocess.PIPE, check=False)
        self.assertEqual(run.returncode, 3)
        self.assertRegex(run.stderr, b"cannot write the output: Bad file descriptor\n\\Z")
        json.loads((self.folder / "t.json").read_text())


class Help(ProgramTest):
    def test_help_lists_commands_and_options(self):
        run = self.run_program("--help")
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        self.assertRegex(run.stdout, b"\n  simulate +run a workflow")
        run = self.run_program("simulate", "--help")
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        for option in ("generate", "library", "seed", "seeds", "runners", "slots", "context",
                       "json", "trace", "progress", "strict", "list", "checkers"):
            self.assertIn(f"  --{option} ".encode(), run.stdout)

    def test_version(self):
        run = self.run_program("--version")
        self.assertRegex(run.stdout, rb"\Acloacinactl [0-9.]+\n\Z")

    def test_list_shows_the_built_in_workflows(self):
        run = self.run_program("simulate", "--list")
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        for line in run.stdout.decode().splitlines():
            self.assertRegex(line, r"^\S+ +\d+ tasks?(   .*)?$")

    def test_every_built_in_workflow_runs_and_twice_the_same(self):
        listed = self.run_program("simulate", "--list").stdout.decode()
        for line in listed.splitlines():
            name = line.split()[0]
            reports = []
            for _ in range(2):
                run = self.run_program("simulate", name, "--seeds", 3, "--runners", 2,
                                       "--json", "-")
                self.assertIn(run.returncode, (0, 1), run.stderr)
                reports.append(without_wall_time(json.loads(run.stdout)))
            self.assertEqual(reports[0], reports[1], name)


if __name__ == "__main__":
    main()
