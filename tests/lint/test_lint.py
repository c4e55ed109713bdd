# SPDX-License-Identifier: Apache-2.0
"""test_lint.py - a check counts only once it has been seen to fail.

Every lint must find something in every file of its bad samples (bad/NAME/ is a tree of its own),
and must not be content with an empty tree."""

import os
import shutil
import sys
import tempfile

import lint
from tree import Tree

BAD = os.path.join(lint.HERE, "bad")
TOOLS = ("clang-format", "gcc", "g++")
SKIPPED = 77  # what meson takes for "skipped"
SUPPORT = ("README.md", ".clang-format", "listed/meson.build")


def complaints(name):
    sample = os.path.join(BAD, name)
    findings, _ = lint.run(name, sample)
    found = {path for path, _, _ in findings}
    files = [path for path in Tree(sample).paths if not (name + "/" + path).endswith(SUPPORT)]
    if not files:
        yield "has no bad sample"
    for path in files:
        if path not in found and path.rpartition("/")[0] not in found:
            yield "accepts bad/%s/%s" % (name, path)
    with tempfile.TemporaryDirectory() as empty:
        if lint.run(name, empty)[1] != 0:
            yield "claims to have looked at files where there are none"


def main():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("skipped, not installed: " + " ".join(missing))
        return SKIPPED
    failed = 0
    for name in lint.names():
        for complaint in complaints(name):
            print("lint %s %s" % (name, complaint))
            failed += 1
    unknown = set(os.listdir(BAD)) - set(lint.names()) - {"README.md", "warnings"}
    for name in sorted(unknown):
        print("bad/%s belongs to no lint" % name)
    print("%d lints against their bad samples, %d complaints" % (len(lint.names()), failed))
    return 1 if failed or unknown or not lint.names() else 0


if __name__ == "__main__":
    sys.exit(main())
