# SPDX-License-Identifier: Apache-2.0
"""test_warnings.py BUILD - the compiler refuses what the house style leaves to it.

Compiles bad/warnings/*.c as the build compiles the engine: each must be refused, and accepted once
warnings are off, so that it is the warning that does it."""

import glob
import json
import os
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = "base/error.c"


def engine_command(build):
    """The compiler with the flags that the build gives to a file of the engine."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as commands:
        entry = next(e for e in json.load(commands) if e["file"].endswith("engine/" + MODEL))
    words = shlex.split(entry["command"])
    end = min(words.index(flag) for flag in ("-MD", "-o", "-c") if flag in words)
    return words[:end] + ["-c", "-o", os.devnull]


def compiles(command, build):
    run = subprocess.run(command, cwd=build, stderr=subprocess.DEVNULL, check=False)
    return run.returncode == 0


def main(build):
    command = engine_command(build)
    samples = sorted(glob.glob(os.path.join(HERE, "bad", "warnings", "*.c")))
    failed = 0
    for sample in samples:
        if compiles([*command, sample], build):
            print("%s: the compiler accepts it" % os.path.basename(sample))
            failed += 1
        elif not compiles([*command, "-w", sample], build):
            print("%s: refused even without warnings" % os.path.basename(sample))
            failed += 1
    print("%d bad samples, %d complaints" % (len(samples), failed))
    return 1 if failed or not samples else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
