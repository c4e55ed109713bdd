# SPDX-License-Identifier: Apache-2.0
"""lint.py [--root DIR] [NAME...] - runs the lints: every check_NAME.py beside this file.

A lint is a module with one function, check(tree), that yields (path, line, text). Line 0 means
the file or folder as a whole. Fails when a lint finds something and when it was given no files."""

import argparse
import glob
import importlib
import os
import sys

from tree import ROOT, Tree

HERE = os.path.dirname(os.path.abspath(__file__))


def names():
    modules = sorted(glob.glob(os.path.join(HERE, "check_*.py")))
    return [os.path.basename(module)[len("check_") : -len(".py")] for module in modules]


def run(name, root):
    """Returns (findings, number of files that the lint looked at)."""
    tree = Tree(root)
    findings = sorted(importlib.import_module("check_" + name).check(tree))
    return findings, tree.checked


def main():
    arguments = argparse.ArgumentParser(description="Runs the lints.")
    arguments.add_argument("--root", default=ROOT, help="the tree to look at")
    arguments.add_argument("names", nargs="*", metavar="NAME", help="all when absent")
    options = arguments.parse_args()
    unknown = set(options.names) - set(names())
    if unknown:
        arguments.error("no lint '%s'; there are: %s" % (min(unknown), " ".join(names())))

    failed = 0
    for name in options.names or names():
        findings, checked = run(name, options.root)
        for path, line, text in findings:
            print("%s: %s: %s" % ("%s:%d" % (path, line) if line else path, name, text))
        if checked == 0:
            print("%s: no files to look at" % name)
        failed += checked == 0 or bool(findings)
    print("%d lints, %d failed" % (len(options.names or names()), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
