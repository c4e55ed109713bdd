# SPDX-License-Identifier: Apache-2.0
"""links.py - every relative link and anchor in the Markdown documents leads somewhere."""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def documents():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "build", "subprojects")))
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".md"))


def read(path):
    with open(path, encoding="utf-8") as document:
        return FENCED.sub("", document.read())


def anchors(path):
    """The anchors that a Markdown viewer makes of the headings."""
    for heading in HEADING.findall(read(path)):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        yield words.replace(" ", "-")


def broken_links(path):
    for target in LINK.findall(read(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        where = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(where):
            yield "no such file: %s" % target
        elif anchor and where.endswith(".md") and anchor not in anchors(where):
            yield "no such heading: %s" % target


def main():
    paths = list(documents())
    findings = [(path, text) for path in paths for text in broken_links(path)]
    for path, text in findings:
        print("%s: %s" % (os.path.relpath(path, ROOT), text))
    print("%d documents, %d broken links" % (len(paths), len(findings)))
    return 1 if findings or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
