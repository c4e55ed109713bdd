# SPDX-License-Identifier: Apache-2.0
"""coverage.py LCOV_FILE - covered lines per room; fails below the floor.

The floor holds for each library as a whole (engine, simulator, testing), so that a thin room
cannot hide behind a thick one of another library."""

import collections
import os
import sys

FLOOR_PERCENT = 95.0
LIBRARIES = ("engine", "simulator", "testing")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read_lines(path):
    """Returns {source file relative to the root: [lines covered, lines in all]}."""
    files = {}
    with open(path, encoding="utf-8") as report:
        for line in report:
            key, _, value = line.strip().partition(":")
            if key == "SF":
                current = files.setdefault(os.path.relpath(value, ROOT), [0, 0])
            elif key == "DA":
                current[0] += int(value.split(",")[1]) > 0
                current[1] += 1
    return files


def rooms_of(files):
    """Sums the files up by room (engine/base) and by library (engine)."""
    rooms = collections.defaultdict(lambda: [0, 0])
    for path, (covered, total) in files.items():
        parts = path.split(os.sep)
        if parts[0] not in LIBRARIES:
            continue
        for room in {parts[0], "/".join(parts[:2]) if len(parts) > 2 else parts[0]}:
            rooms[room][0] += covered
            rooms[room][1] += total
    return rooms


def main(path):
    rooms = rooms_of(read_lines(path))
    low = []
    for room in sorted(rooms):
        covered, total = rooms[room]
        percent = 100.0 * covered / total if total else 100.0
        print("%6.2f %%  %6d of %6d lines  %s" % (percent, covered, total, room))
        if room in LIBRARIES and percent < FLOOR_PERCENT:
            low.append(room)
    for room in low:
        print("%s is below %.0f %%" % (room, FLOOR_PERCENT))
    return 1 if low or not rooms else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
