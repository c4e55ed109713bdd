# SPDX-License-Identifier: Apache-2.0
"""summary.py LOG... - adds up meson's testlog.json files and prints the closing line.

A program of cmocka or unittest counts with the tests it ran, every other as one. A log that is
not there is a build that broke, and counts as one failure."""

import json
import re
import sys

CMOCKA = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] (?!\d+ test\(s\))(.+)$", re.MULTILINE)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n\nOK(?: \(skipped=(\d+)\))?$", re.MULTILINE)


def count_program(record):
    """Returns (passed, failed, skipped) of one line of the log."""
    result = record["result"]
    if result == "SKIP":
        return 0, 0, 1
    ok = result in ("OK", "EXPECTEDFAIL")
    words = UNITTEST.search(record.get("stdout", ""))
    if words and ok:
        ran, skipped = int(words.group(1)), int(words.group(2) or 0)
        return ran - skipped, 0, skipped
    tests = set(CMOCKA.findall(record.get("stdout", "")))  # cmocka names a failed test twice
    passed, failed, skipped = (
        sum(word == wanted for word, _ in tests) for wanted in ("OK", "FAILED", "SKIPPED")
    )
    if not tests:
        passed = int(ok)
    return passed, 0 if ok else max(1, failed), skipped


def count_log(path):
    try:
        with open(path, encoding="utf-8") as log:
            records = [json.loads(line) for line in log]
    except FileNotFoundError:
        return 0, 1, 0
    return add((0, 0, 0), *map(count_program, records))


def add(*counts):
    return tuple(map(sum, zip(*counts)))


def show(counts):
    return "%d passed, %d failed, %d skipped" % counts


def main(paths):
    total = (0, 0, 0)
    for path in paths:
        counts = count_log(path)
        total = add(total, counts)
        if len(paths) > 1:
            print("%s: %s" % (path, show(counts)))
    print(show(total))
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
