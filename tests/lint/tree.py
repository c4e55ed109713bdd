# SPDX-License-Identifier: Apache-2.0
"""tree.py - the files that the lints look at.

A lint asks a Tree for its files and gives back findings; a lint that got no file at all has
checked nothing, which the driver counts as a failure. Run as a program it prints the files with
the given suffixes, for xargs."""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Samples that are wrong on purpose, and data.
SKIPPED = ("tests/lint/bad", "tests/symbols/bad", "tests/fuzz/corpus", "subprojects")
C_TOKENS = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL
)


class Tree:
    """The source files below a root. Paths are relative to it and use '/'."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.paths = sorted(self._walk())
        self.checked = 0

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            here = os.path.relpath(folder, self.root).replace(os.sep, "/")
            prefix = "" if here == "." else here + "/"
            folders[:] = [f for f in folders if self._is_wanted(prefix + f)]
            yield from (prefix + name for name in names)

    @staticmethod
    def _is_wanted(folder):
        name = folder.rpartition("/")[2]
        is_build = "/" not in folder and (name == "build" or name.startswith("build-"))
        return not (name.startswith((".", "__")) or is_build or folder in SKIPPED)

    def files(self, *suffixes, under=""):
        """Yields the paths with one of the suffixes; each counts as checked."""
        for path in self.paths:
            if path.endswith(suffixes) and path.startswith(under):
                self.checked += 1
                yield path

    def full(self, path):
        return os.path.join(self.root, path)

    def text(self, path):
        with open(self.full(path), encoding="utf-8") as source:
            return source.read()

    def code(self, path):
        """C text with comments and the insides of literals blanked; lines keep their numbers."""
        return C_TOKENS.sub(_blank, self.text(path))


def _blank(match):
    token = match.group(0)
    if token[0] in "\"'":
        return token[0] + " " * (len(token) - 2) + token[0]
    return re.sub(r"[^\n]", " ", token)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


if __name__ == "__main__":
    for name in Tree(ROOT).files(*sys.argv[1:]):
        print(name)
