# SPDX-License-Identifier: Apache-2.0
"""bad_store.py - databases that cannot be used, bodies that crash, disks that are full.

Each is one error line that names the place and the reason; what is in the file stays as it was, and
what was stored goes on when the reason is gone."""

import collections
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from cli_support import PROGRAM, SECONDS_MAX, SOURCE, ProgramTest, main

sys.path.insert(0, str(SOURCE / "tests/tools"))

from postgres_cluster import Cluster, find_binaries  # pylint: disable=wrong-import-position

COMPILER = os.environ.get("CC", "cc").split()
HEADERS = SOURCE / "engine/include"
NOBODY = 65534
CONTEXT_BYTES_MAX = 64 * 1024 * 1024
PRIVATE = "CLOACINA_TEST_MOUNTS"  # set: this process may mount, and nobody else sees it

LIBRARY = """
#include <cloacina/authoring.h>
#include <signal.h>
#include <unistd.h>
static enum cloacina_code fine_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    return cloacina_context_set_int64(context, cloacina_task_name(task), 1, err);
}
static enum cloacina_code gate_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const char *gate;
    enum cloacina_code code =
        cloacina_context_get_string(cloacina_task_context(task), "gate", &gate, err);
    while (code == CLOACINA_OK && access(gate, F_OK) != 0) {
        code = cloacina_task_sleep_ms(task, 5, err);
    }
    return code == CLOACINA_OK ? fine_body(task, err) : code;
}
static enum cloacina_code crash_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return cloacina_error_set(err, "it is still here");
}
CLOACINA_TASK(fine, .body = fine_body);
CLOACINA_TASK(gate, .body = gate_body);
CLOACINA_TASK(behind, .body = fine_body, .dependencies = CLOACINA_TASKS(&gate));
CLOACINA_TASK(crash, .body = crash_body);
CLOACINA_WORKFLOW(good, .tasks = CLOACINA_TASKS(&fine));
CLOACINA_WORKFLOW(gated, .tasks = CLOACINA_TASKS(&gate, &behind));
CLOACINA_WORKFLOW(deadly, .tasks = CLOACINA_TASKS(&crash));
"""

CALM = """
#include <cloacina/authoring.h>
static enum cloacina_code fine_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    return cloacina_context_set_int64(context, cloacina_task_name(task), 1, err);
}
CLOACINA_TASK(fine, .body = fine_body);
CLOACINA_WORKFLOW(good, .tasks = CLOACINA_TASKS(&fine));
"""

TOMORROW = """
#include <stddef.h>
int cloacina_workflows_declared(const void *ret_workflows, size_t *ret_count);
int cloacina_workflows_declared(const void *ret_workflows, size_t *ret_count)
{
    (void)ret_workflows;
    *ret_count = 3;
    return 2;
}
"""


class StoreTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory(prefix="cloacina-bad-")
        cls.addClassCleanup(made.cleanup)
        cls.made = pathlib.Path(made.name)
        cls.made.chmod(0o755)
        cls.library = cls.compile("library.so", LIBRARY)

    @classmethod
    def compile(cls, name, source):
        (cls.made / "library.c").write_text(source, encoding="utf-8")
        subprocess.run([*COMPILER, "-shared", "-fPIC", f"-I{HEADERS}", "library.c", "-o", name],
                       cwd=cls.made, check=True)
        return cls.made / name

    def run_good(self, database, *options, workflow="good", **how):
        return self.run_program("run", workflow, "--library", self.library, "--database", database,
                                *options, **how)

    def assert_says(self, run, message, status):
        """Exactly this line, and nothing else."""
        self.assertEqual(run.stderr.decode(), "cloacinactl: %s\n" % message)
        self.assertEqual(run.stdout, b"")
        self.assertEqual(run.returncode, status)

    def begin(self, *words):
        """A command that is not waited for."""
        process = subprocess.Popen([PROGRAM, *map(str, words)], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(end, process)
        return process

    def begin_runner(self, database, *options, name="runner"):
        """`cloacinactl runner`, ready."""
        runner = self.begin("runner", "--name", name, "--database", database, "--heartbeat", "50ms",
                            "--stale-after", "500ms", "--library", self.library, *options)
        self.assertRegex(runner.stdout.readline(), rb"\Aready: ")
        return runner

    def ask(self, *words):
        run = self.run_program(*words, "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)

    def statuses(self, database):
        listed = self.ask("execution", "list", "--database", database)["executions"]
        return collections.Counter(row["status"] for row in listed)

    def wait_until(self, is_so):
        deadline = time.monotonic() + SECONDS_MAX
        while not is_so():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


def end(process):
    process.kill()
    process.communicate()


class Files(StoreTest):
    """SQLite's: what is there is no database of ours, or cannot be used."""

    def assert_refused_and_untouched(self, name, message, status=2):
        before = (self.folder / name).read_bytes()
        self.assert_says(self.run_good("sqlite://" + name),
                         "run: runner 'run': store '%s': %s" % (name, message), status)
        self.assertEqual((self.folder / name).read_bytes(), before)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), [name])

    def database_of_ours(self, name="app.db"):
        self.assertEqual(self.run_good("sqlite://" + name).returncode, 0)
        return self.folder / name

    def change(self, path, *statements):
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def test_a_file_that_is_no_database(self):
        self.write("text.db", "this is no database, but a text of some length\n" * 100)
        self.assert_refused_and_untouched("text.db", "file is not a database (SQLite says 26)")

    def test_the_database_of_another_program(self):
        self.change(self.folder / "other.db", "CREATE TABLE theirs (a)")
        self.assert_refused_and_untouched("other.db", "it is the database of another program")
        self.change(self.folder / "other.db", "PRAGMA application_id = 7")
        self.assert_refused_and_untouched("other.db", "it is the database of another program")

    def test_a_schema_of_a_newer_version(self):
        path = self.database_of_ours()
        self.change(path, "INSERT INTO schema_migrations VALUES (99, 'tomorrow', 1)")
        newest = sqlite3.connect(path).execute(
            "SELECT count(*) - 1 FROM schema_migrations").fetchone()[0]
        reason = ("store 'app.db': its schema has version 99, this library knows versions up to "
                  "%d: use a newer one" % newest)
        self.assert_says(self.run_good("sqlite://app.db"), "run: runner 'run': " + reason, 2)
        self.assert_says(self.run_program("execution", "list", "--database", "app.db"),
                         "execution list: " + reason, 2)

    def test_no_such_folder_and_a_folder_in_place_of_a_file(self):
        self.assert_says(self.run_good("none/x.db"),
                         "run: runner 'run': store 'none/x.db': there is no folder 'none'", 2)
        self.assert_says(self.run_good("sqlite://."),
                         "run: runner 'run': store '.': it is a folder", 3)
        self.assert_says(self.run_program("execution", "list", "--database", "none.db"),
                         "execution list: store 'none.db': there is no such file", 2)
        self.assertEqual(list(self.folder.iterdir()), [])

    @unittest.skipUnless(os.getuid() == 0, "only root can be another user for a while")
    def test_files_and_folders_that_may_only_be_read(self):
        nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.database_of_ours("read.db").chmod(0o444)
        before = sorted(os.listdir(self.folder))
        self.folder.chmod(0o755)
        self.assert_says(self.run_good("read.db", **nobody),
                         "run: runner 'run': store 'read.db': its folder cannot be written, which "
                         "even readers of its log need", 3)
        self.assert_says(self.run_good("new.db", **nobody),
                         "run: runner 'run': store 'new.db': it cannot be created in its folder", 3)
        self.assertEqual(sorted(os.listdir(self.folder)), before)


class Urls(StoreTest):
    FORMS = ("a store is memory://, sqlite://FILE, a file name like app.db or ./app, or "
             "postgres://USER:PASSWORD@HOST:PORT/DATABASE")

    def test_what_is_no_url(self):
        for url in ("mysql://x", "app", "", "sqlite://", "postgres//x"):
            with self.subTest(url):
                self.assert_says(self.run_good(url),
                                 "run: runner 'run': store '%s': %s" % (url, self.FORMS), 2)

    def test_a_parameter_that_means_nothing(self):
        self.assert_says(self.run_good("sqlite://a.db?synchronous=off"), "run: runner 'run': store "
                         "'a.db': parameter 'synchronous' is 'off': 'full' or 'normal'", 2)
        self.assertEqual(list(self.folder.iterdir()), [])


@unittest.skipIf(find_binaries() is None, "no PostgreSQL server is installed (Debian: postgresql)")
class Servers(StoreTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster = Cluster(fsync=False, tcp=True)
        cls.addClassCleanup(cls.cluster.remove)
        cls.cluster.create()
        rules = pathlib.Path(cls.cluster.data, "pg_hba.conf")
        rules.write_text("host all guest 127.0.0.1/32 scram-sha-256\n"
                         + rules.read_text(encoding="utf-8"), encoding="utf-8")
        cls.cluster.sql("CREATE ROLE guest LOGIN PASSWORD 'right'")
        cls.cluster.restart()
        cls.place = cls.cluster.tcp_url.split("@")[1]

    def assert_store_says(self, run, message, status):
        self.assert_says(run, "run: runner 'run': store: " + message, status)

    def test_nobody_answers(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            self.assert_store_says(
                self.run_good("postgres://x:secret@127.0.0.1:%d/db" % port),
                'connection to server at "127.0.0.1", port %d failed: Connection refused' % port, 3)

    def test_a_wrong_password_and_no_such_database(self):
        failed = 'connection to server at "127.0.0.1", port %d failed: FATAL: ' % self.cluster.port
        self.assert_store_says(self.run_good("postgres://guest:wrong@" + self.place),
                               failed + 'password authentication failed for user "guest"', 2)
        self.assert_store_says(self.run_good(self.cluster.tcp_url + "none"),
                               failed + 'database "cloacinanone" does not exist', 2)

    def test_a_user_without_rights_and_names_that_are_none(self):
        self.assert_store_says(self.run_good("postgres://guest:right@" + self.place),
                               "permission denied for schema public", 2)
        self.assert_store_says(self.run_good(self.cluster.tcp_url, "--schema", "1x"),
                               "schema '1x': a name has 1 to 63 letters, digits and '_', no digit "
                               "first, and is not PostgreSQL's own", 2)
        self.assert_says(self.run_program("execution", "list", "--database", self.cluster.tcp_url,
                                          "--schema", "none"),
                         "execution list: store: database 'cloacina' has no cloacina tables in "
                         "schema 'none'", 2)

    def test_a_schema_of_a_newer_version(self):
        run = self.run_good(self.cluster.tcp_url, "--schema", "newer")
        self.assertEqual(run.returncode, 0, run.stderr)
        newest = self.cluster.sql("SELECT max(version) FROM newer.schema_migrations")[0]
        self.cluster.sql("INSERT INTO newer.schema_migrations VALUES (99, 'tomorrow', 1)")
        self.assert_store_says(self.run_good(self.cluster.tcp_url, "--schema", "newer"),
                               "database 'cloacina', schema 'newer' has version 99; this library "
                               "knows %s: it needs to be newer" % newest, 2)


class Inputs(StoreTest):
    def test_a_library_that_is_none(self):
        tomorrow = self.compile("tomorrow.so", TOMORROW)
        self.write("text.so", "no")
        for library, reason in (
                (tomorrow, "built for version 2 of cloacina/authoring.h, wanted 1"),
                ("text.so", "file too short"),
                ("none.so", "there is no such file")):
            with self.subTest(reason):
                message = "library '%s': %s" % (library, reason)
                words = ("--library", library, "--database", "app.db")
                self.assert_says(self.run_program("run", "good", *words), "run: " + message, 2)
                self.assert_says(self.run_program("runner", *words), "runner: " + message, 2)
        self.assertFalse((self.folder / "app.db").exists())

    def test_a_context_as_large_as_can_be_and_one_that_is_too_large(self):
        around = len('{"text":""}') + len(',"fine":1')
        text = "x" * (CONTEXT_BYTES_MAX - around)
        self.write("largest.json", '{"text":"%s"}' % text)
        run = self.run_good("app.db", "--context", "@largest.json", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(json.loads(run.stdout)["context"], {"text": text, "fine": 1})
        self.write("larger.json", '{"text":"%s"}' % (text + "x" * (around - 10)))
        self.assert_says(self.run_good("app.db", "--context", "@larger.json"),
                         "run: option '--context': 'larger.json' is over the limit of 67108864 "
                         "bytes", 2)


class Crashes(StoreTest):
    def test_a_body_that_ends_its_process_fails_in_the_end_and_others_go_on(self):
        """A fresh runner each time, as whoever watches over processes would start it."""
        self.assertEqual(self.run_good("app.db").returncode, 0)
        calm = self.compile("calm.so", CALM)
        self.begin("runner", "--database", "app.db", "--library", calm, "--heartbeat", "50ms",
                   "--stale-after", "500ms")
        first = self.run_good("app.db", workflow="deadly")
        self.assertEqual(first.returncode, -signal.SIGSEGV)
        deaths, runners = 1, 0
        while self.statuses("app.db")["Failed"] == 0:
            runner = self.begin_runner("app.db")
            runners += 1
            others = self.run_program("run", "good", "--database", "app.db")
            self.assertEqual(others.returncode, 0, others.stderr)
            self.wait_until(lambda: runner.poll() or self.statuses("app.db")["Failed"])
            deaths += runner.poll() == -signal.SIGSEGV
        self.assertEqual(deaths, 4)
        self.assertEqual(self.statuses("app.db"), {"Failed": 1, "Completed": 1 + runners})
        failed = self.ask("execution", "list", "--status", "Failed", "--database", "app.db")
        shown = self.ask("execution", "show", failed["executions"][0]["id"], "--database", "app.db")
        self.assertEqual(shown["task_list"][0]["error"], "abandoned: its runner died 4 times, and "
                         "3 recoveries are allowed")


@unittest.skipUnless(PRIVATE in os.environ, "only root can mount a small disk of its own")
class FullDisk(StoreTest):
    COUNT = 12

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)

    def fill(self):
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass

    def test_what_was_stored_goes_on_when_there_is_space_again(self):
        gate = self.folder / "gate"
        context = json.dumps({"gate": str(gate)})
        runner = self.begin_runner("disk/app.db", "--slots", self.COUNT)
        gate.touch()
        self.assertEqual(self.run_good("disk/app.db", "--context", context,
                                       workflow="gated").returncode, 0)
        gate.unlink()
        customers = [self.begin("run", "gated", "--context", context, "--database", "disk/app.db")
                     for _ in range(self.COUNT)]
        self.wait_until(lambda: self.statuses("disk/app.db")["Running"] == self.COUNT)
        self.fill()
        gate.touch()
        self.assertIn(b"store 'disk/app.db': database or disk is full",
                      self.line_with(runner, b"full"))
        self.assert_says(self.run_good("disk/app.db"), "run: runner 'run': store 'disk/app.db': "
                         "database or disk is full (SQLite says 13)", 3)
        self.assertIsNone(runner.poll())
        (self.disk / "filler").unlink()
        for customer in customers:
            self.assertEqual(customer.wait(SECONDS_MAX), 0)
        self.assertEqual(self.statuses("disk/app.db"), {"Completed": self.COUNT + 1})

    def line_with(self, process, word):
        """The first such line of its error output."""
        for line in process.stderr:
            if word in line:
                return line
        raise AssertionError("there is no line with %s" % word)


def in_private_mounts():
    """Goes on in a mount namespace of its own, when this is root on a system that lets it."""
    if PRIVATE in os.environ or os.getuid() != 0 or shutil.which("unshare") is None:
        return
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if tried.returncode == 0:
        words = ["unshare", "--mount", sys.executable, sys.argv[0], str(PROGRAM), *sys.argv[1:]]
        os.execvpe(words[0], words, {**os.environ, PRIVATE: "1"})


if __name__ == "__main__":
    in_private_mounts()
    main()
