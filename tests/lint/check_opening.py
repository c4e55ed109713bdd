# SPDX-License-Identifier: Apache-2.0
"""check_opening.py - a file opens with its licence, its name and its purpose."""

import re

C_LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */"
OTHER_LICENCE = "# SPDX-License-Identifier: Apache-2.0"


def check(tree):
    for path in tree.files(".c", ".h", ".S"):
        yield from judge(path, tree.text(path).splitlines(), C_LICENCE, r"/\* %s - \S")
    for path in tree.files(".py"):
        yield from judge(path, tree.text(path).splitlines(), OTHER_LICENCE, r'"""%s( .*)? - \S')
    for path in tree.files("meson.build", "meson.options", "dev", ".sh", ".yaml"):
        yield from judge(path, script_lines(tree.text(path)), OTHER_LICENCE, None)


def script_lines(text):
    """The lines without an interpreter line."""
    lines = text.splitlines()
    return lines[1:] if lines and lines[0].startswith("#!") else lines


def judge(path, lines, licence, purpose):
    if not lines or lines[0] != licence:
        yield path, 1, "does not open with '%s'" % licence
        return
    if purpose is None:
        return
    name = re.escape(path.rpartition("/")[2])
    if "/include/cloacina/" in path:
        name = "cloacina/" + name
    if len(lines) < 2 or not re.match(purpose % name, lines[1]):
        yield path, 2, "the second line does not say '%s - purpose'" % name.replace("\\", "")
