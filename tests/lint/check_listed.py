# SPDX-License-Identifier: Apache-2.0
"""check_listed.py - no source is forgotten: each stands in the meson.build of its folder or above.

A test may be listed by its noun alone: 'arena' for test_arena.c. A meson.build itself is reached by
subdir() from above, unless it is a project of its own."""

import re


def check(tree):
    quoted = {
        path: set(re.findall(r"'([^'\n]+)'", tree.text(path)))
        for path in tree.paths
        if path.rpartition("/")[2] == "meson.build"
    }
    for path in quoted:
        is_project = re.search(r"^project\(", tree.text(path), re.MULTILINE)
        if "/" in path and not is_project and not is_listed(path.rpartition("/")[0], quoted):
            yield path, 0, "no meson.build above has a subdir() for it"
    for path in tree.files(".c", ".S"):
        if not is_listed(path, quoted):
            yield path, 0, "stands in no meson.build"
    for path in tree.files(".h"):
        if "/include/cloacina/" in path and not is_listed(path, quoted):
            yield path, 0, "a public header that nobody installs"


def is_listed(path, quoted):
    folder, _, name = path.rpartition("/")
    below = name
    while True:
        stem = below.rpartition(".")[0]
        nouns = {below, stem, re.sub(r"^(test|fuzz)_", "", stem)}
        if nouns & quoted.get((folder + "/" if folder else "") + "meson.build", set()):
            return True
        if not folder:
            return False
        folder, _, last = folder.rpartition("/")
        below = last + "/" + below
