# SPDX-License-Identifier: Apache-2.0
"""processes.py - runners to be killed, and the customer who must not notice.

Law: every process is ended by its own id, and dies with the test that started it."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))

from postgres_cluster import die_with_parent  # pylint: disable=wrong-import-position

PATIENCE = 120  # seconds for what takes a moment; only something broken takes so long
HEARTBEAT, STALE_AFTER = "100ms", "1s"
END = None  # in a queue of lines: there are no more


class Process:
    """A program whose lines of output come one by one; its error output goes to a file."""

    def __init__(self, command, log, environment=None):
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, **(environment or {})}, preexec_fn=die_with_parent)
        self.lines = queue.SimpleQueue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with self.process.stdout as output:
            for line in output:
                self.lines.put(line.rstrip("\n"))
        self.lines.put(END)

    def line(self, seconds=PATIENCE):
        """The next line; END when there are no more. queue.Empty: not in time."""
        return self.lines.get(timeout=seconds)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def stop(self):
        """In good order: the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


class Runner:
    """`cloacinactl runner` under one name; it may be killed and started again."""

    def __init__(self, program, name, database, libraries, folder, slots=4, options=()):
        self.command = [program, "runner", "--name", name, "--database", database,
                        "--slots", slots, "--heartbeat", HEARTBEAT, "--stale-after", STALE_AFTER,
                        *options]
        for library in libraries:
            self.command += ["--library", library]
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        self.environment = {"CLOACINA_CHAOS_JOURNAL": os.path.join(folder, "journal")}
        self.start()

    def start(self):
        self.process = Process(self.command, self.log, self.environment)

    def wait_until_ready(self):
        line = self.process.line()
        if line is END:
            raise RuntimeError("runner '%s' did not start: see %s" % (self.name, self.log))
        return line

    def restart(self):
        self.kill()
        self.start()

    def is_alive(self):
        return self.process.process.poll() is None

    def kill(self):
        self.process.kill()

    def stop(self):
        return self.process.stop()


def ask(program, *words):
    """A command of cloacinactl that answers in JSON."""
    run = subprocess.run([str(program), *map(str, words), "--json"], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                         timeout=PATIENCE)
    if run.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(map(str, words)), run.stderr.strip()))
    return json.loads(run.stdout)
