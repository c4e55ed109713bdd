# SPDX-License-Identifier: Apache-2.0
"""postgres_cluster.py - a PostgreSQL server of our own for one test, gone with it.

    postgres_cluster.py [--no-fsync] [--tcp] [--set NAME=VALUE]... -- COMMAND...

runs the command with CLOACINA_TEST_POSTGRES set to the URL of an empty database and answers with
its exit status; 77 (skipped) when no server is installed. When the variable is set already, that
server is used and nothing is started. From Python:

    with Cluster() as cluster:
        cluster.url, cluster.stop("immediate"), cluster.start(), cluster.restart(), cluster.sql(...)

The server runs as an unprivileged user, in a private folder, behind a socket in that folder (with
tcp=True also on a free port of 127.0.0.1). It dies with this process, even by SIGKILL."""

import argparse
import ctypes
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
VARIABLE = "CLOACINA_TEST_POSTGRES"
NAME = "cloacina"  # of the database and of its owner
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
PATIENCE = 60  # seconds for a start or a stop; only a broken server takes so long
PR_SET_PDEATHSIG = 1


def find_binaries():
    """The folder of the newest server's programs, None when there is none."""
    folders = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    folders.sort(key=lambda path: int(path.split("/")[4]) if path.split("/")[4].isdigit() else 0)
    if folders:
        return os.path.dirname(folders[-1])
    initdb = shutil.which("initdb")
    return os.path.dirname(os.path.realpath(initdb)) if initdb else None


def unprivileged_user():
    """Whom the server runs as: initdb refuses root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise RuntimeError("postgres_cluster: there is neither a user 'postgres' nor 'nobody'")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Cluster:
    """One server; started on entry, removed on exit. `settings` are those of postgresql.conf."""

    def __init__(self, fsync=True, tcp=False, settings=None, binaries=None):
        self.binaries = binaries or find_binaries()
        if self.binaries is None:
            raise FileNotFoundError("postgres_cluster: no PostgreSQL server is installed")
        self.user = unprivileged_user()
        self.port = free_port() if tcp else 5432
        self.tcp = tcp
        self.server = None
        self.folder = tempfile.mkdtemp(prefix="cloacina-postgres-")
        os.chmod(self.folder, 0o755)
        self.data = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "log")
        self.settings = {
            "fsync": "on" if fsync else "off",
            "listen_addresses": "127.0.0.1" if tcp else "",
            "port": str(self.port),
            "unix_socket_directories": self.folder,
            "max_connections": "50",
            **(settings or {}),
        }
        host = "127.0.0.1:%d" % self.port
        self.tcp_url = "postgres://%s@%s/%s" % (NAME, host, NAME) if tcp else None
        self.url = "postgres://%s@/%s?host=%s&port=%d" % (NAME, NAME, self.folder, self.port)

    def __enter__(self):
        try:
            self.create()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def create(self):
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.run(
            *("initdb", "--pgdata", self.data, "--username", NAME, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        )
        self.lock_role()
        self.start()
        self.sql("CREATE DATABASE " + NAME, database="postgres")

    def lock_role(self):
        """Everybody is trusted but a role 'locked', for tests of passwords."""
        path = os.path.join(self.data, "pg_hba.conf")
        with open(path, encoding="utf-8") as file:
            rules = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write("local all locked scram-sha-256\n")
            file.write("host all locked all scram-sha-256\n")
            file.write(rules)

    def remove(self):
        if self.server is not None:
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        arguments = [self.program("postgres"), "-D", self.data]
        for name, value in self.settings.items():
            arguments += ["-c", "%s=%s" % (name, value)]
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the command alone
                preexec_fn=die_with_parent,
                **self.identity(),
            )
        self.wait_until_ready()

    def stop(self, mode="fast"):
        """Waits for sessions to leave (smart), ends them (fast), or crashes (immediate)."""
        server, self.server = self.server, None
        server.send_signal(STOP_SIGNALS[mode])
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def sql(self, text, database=NAME):
        """Runs one statement as the superuser; returns the rows, one text a line."""
        return self.run(
            *("psql", "--no-psqlrc", "--host", self.folder, "--port", str(self.port)),
            *("--username", NAME, "--dbname", database, "--tuples-only", "--no-align"),
            *("--set", "ON_ERROR_STOP=1", "--command", text),
        ).splitlines()

    def program(self, name):
        return os.path.join(self.binaries, name)

    def identity(self):
        if self.user is None:
            return {"cwd": self.folder}
        return {
            "cwd": self.folder,
            "user": self.user.pw_uid,
            "group": self.user.pw_gid,
            "extra_groups": [],
        }

    def run(self, name, *arguments):
        done = subprocess.run(
            [self.program(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **self.identity(),
        )
        if done.returncode != 0:
            raise RuntimeError("postgres_cluster: %s failed: %s" % (name, done.stderr.strip()))
        return done.stdout

    def wait_until_ready(self):
        """The server says so in its pid file: the eighth line."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.server.poll() is not None:
                break
            try:
                with open(os.path.join(self.data, "postmaster.pid"), encoding="utf-8") as file:
                    lines = file.read().splitlines()
            except FileNotFoundError:
                lines = []
            is_ours = lines and lines[0] == str(self.server.pid)
            if is_ours and len(lines) > 7 and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        with open(self.log, encoding="utf-8", errors="replace") as file:
            raise RuntimeError("postgres_cluster: the server did not start:\n" + file.read())


def run_command(command):
    """The exit status as a shell would give it."""
    try:
        done = subprocess.run(command, check=False).returncode
    except OSError as error:
        print("postgres_cluster: %s" % error, file=sys.stderr)
        return 127
    return done if done >= 0 else 128 - done


def leave(number, _):
    raise SystemExit(128 + number)


def main():
    arguments = argparse.ArgumentParser(description="Runs a command beside a server of its own.")
    arguments.add_argument("--no-fsync", action="store_true", help="for tests that lose no power")
    arguments.add_argument("--tcp", action="store_true", help="the URL is one of 127.0.0.1")
    arguments.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                           help="a server setting")
    arguments.add_argument("command", nargs="+")
    options = arguments.parse_args()
    if VARIABLE in os.environ:
        return run_command(options.command)
    if find_binaries() is None:
        print("skipped: no PostgreSQL server is installed (Debian: postgresql)")
        return SKIPPED
    signal.signal(signal.SIGTERM, leave)
    settings = dict(setting.split("=", 1) for setting in options.set)
    with Cluster(fsync=not options.no_fsync, tcp=options.tcp, settings=settings) as cluster:
        os.environ[VARIABLE] = cluster.tcp_url if options.tcp else cluster.url
        return run_command(options.command)


if __name__ == "__main__":
    sys.exit(main())
