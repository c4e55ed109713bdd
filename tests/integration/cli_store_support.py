# SPDX-License-Identifier: Apache-2.0
"""cli_store_support.py - workflows whose bodies the test controls, and programs that keep running.

Law: nothing here sleeps. What is waited for is a line that somebody writes, a pipe that somebody
opens, or an end."""

import json
import os
import subprocess
import sys
import unittest

from cli_support import PROGRAM, SECONDS_MAX, SOURCE, ProgramTest

sys.path.insert(0, str(SOURCE / "tests/tools"))
import postgres_cluster  # its folder is no package

COMPILER = os.environ.get("CC", "cc").split()
HEADERS = SOURCE / "engine/include"

# hold waits until somebody has opened the pipe "gate" of the folder for writing, and closed it.
YARD = r"""
#include <cloacina/authoring.h>
#include <cloacina/context.h>
#include <fcntl.h>
#include <unistd.h>
static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)err;
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}
static enum cloacina_code flaky_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_attempt(task) < 3 ? cloacina_error_set(err, "temporary trouble")
                                           : CLOACINA_OK;
}
static enum cloacina_code broken_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return cloacina_error_set(err, "the card \"was\" declined\x1b[31m");
}
static enum cloacina_code hold_body(struct cloacina_task *task, struct cloacina_error *err)
{
    char byte;
    int gate = open("gate", O_RDONLY);
    (void)task;
    if (gate < 0) {
        return cloacina_error_set(err, "there is no gate");
    }
    while (read(gate, &byte, 1) > 0) {
    }
    close(gate);
    return CLOACINA_OK;
}
CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(flaky, .body = flaky_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 3, .initial_delay_ms = 10,
                        .jitter = CLOACINA_JITTER_NONE});
CLOACINA_TASK(broken, .body = broken_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(after, .body = price_body, .dependencies = CLOACINA_TASKS(&broken));
CLOACINA_TASK(hold, .body = hold_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(last, .body = price_body, .dependencies = CLOACINA_TASKS(&hold));
CLOACINA_WORKFLOW(good, .tasks = CLOACINA_TASKS(&price, &flaky));
CLOACINA_WORKFLOW(bad, .tasks = CLOACINA_TASKS(&broken, &after));
CLOACINA_WORKFLOW(held, .tasks = CLOACINA_TASKS(&hold, &last));
"""


class StoreTest(ProgramTest):
    """A folder with the library yard.so and a database."""

    database = "yard.db"

    def setUp(self):
        super().setUp()
        self.write("yard.c", YARD)
        subprocess.run([*COMPILER, "-shared", "-fPIC", f"-I{HEADERS}", "yard.c", "-o", "yard.so"],
                       cwd=self.folder, check=True)
        os.mkfifo(self.folder / "gate")

    def run_on(self, *arguments, **options):
        return self.run_program(*arguments, "--database", self.database, **options)

    def done(self, *arguments, status=0):
        """What a command that went well has said."""
        run = self.run_on(*arguments)
        self.assertEqual(run.returncode, status, run.stderr)
        if status == 0:
            self.assertEqual(run.stderr, b"")
        return run.stdout.decode()

    def answer(self, *arguments, status=0):
        return json.loads(self.done(*arguments, "--json", status=status))

    def execute(self, workflow, *arguments, status=0):
        """Runs a workflow of the library; its id."""
        return self.answer("run", workflow, "--library", "./yard.so", *arguments,
                           status=status)["id"]

    def open_gate(self):
        """Blocks until a body waits at it."""
        with open(self.folder / "gate", "wb"):
            pass

    def start(self, *arguments):
        """A program that keeps running, killed at the end at the latest."""
        process = subprocess.Popen(
            [PROGRAM, *map(str, arguments), "--database", self.database], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def start_runner(self, *arguments, name="worker"):
        """A runner that has said that it is ready: the process and that line."""
        process = self.start("runner", "--library", "./yard.so", "--name", name, "--quiet",
                             *arguments)
        line = process.stdout.readline()
        if not line.startswith("ready: "):
            process.kill()
            errors = process.stderr.read()
            if "without libmicrohttpd" in errors:
                self.skipTest(errors)
            self.fail(line + errors)
        return process, line

    def finish(self, process):
        """Waits for its end: status, the rest of the output, errors."""
        output, errors = process.communicate(timeout=SECONDS_MAX)
        return process.returncode, output, errors


class OnPostgres:
    """Before a StoreTest in the bases: the same tests on a server, each in an empty schema."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if postgres_cluster.find_binaries() is None:
            raise unittest.SkipTest("no PostgreSQL server is installed")
        cls.cluster = postgres_cluster.Cluster(fsync=False)
        cls.enterClassContext(cls.cluster)

    def setUp(self):
        super().setUp()
        self.database = self.cluster.url
        self.cluster.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        run = self.run_on("runner", "list")
        if b"built without" in run.stderr:
            self.skipTest("this program was built without libpq")
