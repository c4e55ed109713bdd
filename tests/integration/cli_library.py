# SPDX-License-Identifier: Apache-2.0
"""cli_library.py - workflows from a shared object: found, run, and judged by their symbols."""

import os
import subprocess
import unittest

from cli_support import SOURCE, ProgramTest, main

COMPILER = os.environ.get("CC", "cc").split()
HEADERS = SOURCE / "engine/include"

SHOP = """
#include <cloacina/authoring.h>
%s
static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t order;
    struct cloacina_context *context = cloacina_task_context(task);
    if (cloacina_context_get_int64(context, "order", &order, err) != CLOACINA_OK) {
        return err->code;
    }
    return cloacina_task_sleep_ms(task, 1000 * order, err);
}
static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return cloacina_error_set(err, "the card \\"was\\" declined");
}
CLOACINA_TASK(price, .body = price_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 3, .initial_delay_ms = 1000,
                        .jitter = CLOACINA_JITTER_NONE});
CLOACINA_WORKFLOW(quote, .tasks = CLOACINA_TASKS(&price), .description = "what it would cost");
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge));
"""

AROUND = """
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int around(void);
int around(void) { return (int)time(NULL) + rand() + rand() + (int)sleep(1); }
"""


class Library(ProgramTest):
    def build(self, name, source):
        self.write("library.c", source)
        subprocess.run([*COMPILER, "-shared", "-fPIC", f"-I{HEADERS}", "library.c", "-o", name],
                       cwd=self.folder, check=True)
        return name

    def test_its_workflows_are_listed_by_name(self):
        self.build("shop.so", SHOP % "")
        run = self.run_program("simulate", "--library", "shop.so", "--list")
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        self.assertEqual(run.stdout.decode(), "quote                           1 task   what it "
                         "would cost\nshop                            2 tasks\n")

    def test_a_workflow_of_it_runs_in_virtual_time(self):
        self.build("shop.so", SHOP % "")
        report = self.simulate("quote", "--library", "./shop.so", "--context", '{"order": 7200}')
        self.assertEqual(report["workflow"], "quote")
        self.assertEqual(report["makespan_ns"], 7_200_000_000_000)
        self.assertEqual(report["completed"], 1)

    def test_a_workflow_that_fails_is_status_one_with_its_reason_and_replay(self):
        self.build("shop.so", SHOP % "")
        arguments = ["shop", "--library", "shop.so", "--context", '{"order": 2}']
        report = self.simulate(*arguments, status=1)
        self.assertEqual([report[key] for key in ("completed", "failed", "attempts")], [1, 1, 4])
        self.assertEqual(report["makespan_ns"], 5_000_000_000)
        self.assertEqual(len(report["failures"]), 1)
        failure = report["failures"][0]
        self.assertEqual((failure["seed"], failure["invariant"]), (0, "completed"))
        self.assertIn("'shop' is Failed", failure["message"])
        run = self.run_program("simulate", *arguments)
        self.assertEqual((run.returncode, run.stderr), (1, b""))
        lines = run.stdout.decode().splitlines()
        self.assertEqual(lines[0], "FAILED  completed, seed 0")
        replay = next(line for line in lines if line.startswith("replay:  "))
        self.assertEqual(replay, "replay:  cloacinactl simulate shop --library shop.so --context "
                         "'{\"order\": 2}' --seed 0")

    def test_each_symbol_around_the_world_is_warned_of_once(self):
        self.build("shop.so", SHOP % AROUND)
        arguments = ["simulate", "quote", "--library", "shop.so", "--context", '{"order": 1}']
        run = self.run_program(*arguments)
        warning = "cloacinactl: simulate: warning: 'shop.so' uses"
        around = "which goes around the virtual world"
        expected = [f"{warning} rand, {around}: call cloacina_task_random()",
                    f"{warning} sleep, {around}: call cloacina_task_sleep_ms()",
                    f"{warning} time, {around}: call cloacina_task_now()"]
        self.assertEqual(run.stderr.decode().splitlines(), expected)
        self.assertEqual(run.returncode, 0)
        run = self.run_program(*arguments, "--strict")
        self.assertEqual(run.returncode, 2)
        self.assertEqual(run.stdout, b"")
        self.assertEqual(run.stderr.decode().splitlines(), [
            *expected, "cloacinactl: simulate: 'shop.so' goes around the virtual world (3 of its "
            "symbols), and --strict was given"])

    def test_strict_is_content_with_a_library_that_stays_inside(self):
        self.build("shop.so", SHOP % "")
        self.simulate("quote", "--library", "shop.so", "--strict", "--context", '{"order": 1}')

    def test_what_cannot_be_used_is_wrong_input(self):
        self.build("shop.so", SHOP % "")
        self.build("plain.so", "int plain(void);\nint plain(void) { return 7; }\n")
        self.build("missing.so", "int nowhere(void);\nint f(void);\n"
                   "int f(void) { return nowhere(); }\n")
        self.write("text.so", "this is no library\n")
        for name, workflow, message in (
                ("shop.so", "shopp", "did you mean 'shop'"),
                ("none.so", "shop", "none.so"),
                ("text.so", "shop", "'text.so': is no 64-bit ELF file for this machine"),
                ("plain.so", "shop", "plain.so"),
                ("missing.so", "shop", "nowhere")):
            with self.subTest(name):
                run = self.run_program("simulate", workflow, "--library", name)
                self.assert_refused(run, message)
        run = self.run_program("simulate", "--library", "shop.so")
        self.assert_refused(run, "a WORKFLOW is missing")


if __name__ == "__main__":
    main()
