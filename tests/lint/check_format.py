# SPDX-License-Identifier: Apache-2.0
"""check_format.py - clang-format has nothing to change; `./dev format` applies it."""

import re
import subprocess

FINDING = re.compile(r"^(.*?):(\d+):\d+: error: (.*)$", re.MULTILINE)
BATCH = 50  # files per clang-format process


def check(tree):
    paths = list(tree.files(".c", ".h"))
    for start in range(0, len(paths), BATCH):
        yield from differences(tree, paths[start : start + BATCH])


def differences(tree, paths):
    run = subprocess.run(
        ["clang-format", "--style=file", "--dry-run", "--Werror", "--ferror-limit=1", *paths],
        cwd=tree.root,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    for path, line, _ in FINDING.findall(run.stderr):
        yield path, int(line), "not as clang-format writes it"
