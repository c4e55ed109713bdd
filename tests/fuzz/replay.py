# SPDX-License-Identifier: Apache-2.0
"""replay.py PROGRAM FOLDER - gives a fuzz target every input of its corpus; none is a failure."""

import glob
import subprocess
import sys


def main(program, folder):
    inputs = sorted(glob.glob(folder + "/*"))
    print("%d inputs" % len(inputs))
    return subprocess.run([program, *inputs], check=False).returncode if inputs else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
