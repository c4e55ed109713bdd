# SPDX-License-Identifier: Apache-2.0
"""quiet.py PROGRAM - a test run opens no file and no socket and starts no thread.

strace is the witness. Exit status 77, which Meson counts as skipped, where strace is missing or
may not trace."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

# Memory, the alternate stack and the handler of the stack guard; nothing that reaches outside.
ALLOWED = {"brk", "madvise", "mmap", "mprotect", "mremap", "munmap", "rt_sigaction",
           "rt_sigprocmask", "sigaltstack"}
SKIPPED = 77


def trace(program, *arguments):
    """The system calls of the program between its marks; None when nothing could be traced."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        run = subprocess.run(["strace", "-f", "-o", log, program, *arguments], capture_output=True,
                             text=True, check=False)
        if run.returncode != 0 and "ptrace" in run.stderr.lower():
            return None
        if run.returncode != 0:
            raise SystemExit(f"{program} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
        with open(log, encoding="utf-8", errors="replace") as lines:
            return between_marks(lines)


def between_marks(lines):
    calls = []
    is_between = False
    for line in lines:
        call = re.sub(r"^\d+ +", "", line).strip()
        if call.startswith('write(1, "begin'):
            is_between = True
        elif call.startswith('write(1, "end'):
            return calls
        elif is_between:
            calls.append(call)
    raise SystemExit("the marks are missing in the trace")


def reaches_outside(call):
    name = call.partition("(")[0]
    return name not in ALLOWED or (name == "mmap" and "MAP_ANONYMOUS" not in call)


def main(program):
    if not shutil.which("strace"):
        print("no strace here")
        return SKIPPED
    calls = trace(program)
    if calls is None:
        print("strace may not trace here")
        return SKIPPED
    loud = [call for call in calls if reaches_outside(call)]
    if loud:
        print("a test run reached outside:", *loud, sep="\n  ")
        return 1
    if not any(reaches_outside(call) for call in trace(program, "--loud")):
        print("a file was opened on purpose, and nobody noticed")
        return 1
    print(f"{len(calls)} system calls, all of them about memory and signals")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
