# SPDX-License-Identifier: Apache-2.0
"""check_layering.py - a room includes only itself and the rooms before it.

ROOMS is the order of the house, from the ground up. PUBLIC says to which room a public header
belongs; a header that it does not know is a finding."""

import re

from tree import line_of

ROOMS = (
    "engine/base",
    "engine/clock",
    "engine/context",
    "engine/task",
    "engine/workflow",
    "engine/execution",
    "engine/dal",
    "engine/executor",
    "engine/cron",
    "engine/schedule",
    "engine/runner",
    "engine/registry",
    "engine/production",
    "engine/python",
    "engine/cloacinactl",
    "simulator/oracle",
    "simulator/checker",
    "simulator/disk",
    "simulator/world",
    "simulator/search",
    "simulator/workload",
    "simulator/report",
    "simulator/simulate",
    "testing",
)

PUBLIC = {
    "error": "engine/base",
    "heap": "engine/base",
    "log": "engine/base",
    "clock": "engine/clock",
    "context": "engine/context",
    "authoring": "engine/task",
    "workflow": "engine/workflow",
    "runner": "engine/production",
    "fault": "simulator/oracle",
    "property": "simulator/world",
    "world": "simulator/world",
    "testing": "testing",
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include +(?:<cloacina/(\w+)\.h>|"([\w./]+)")', re.MULTILINE)


def room_of(path):
    """The room of a file in the tree, None outside of the libraries."""
    public = re.match(r"\w+/include/cloacina/(\w+)\.h$", path)
    if public:
        return PUBLIC.get(public.group(1))
    return next((room for room in ROOMS if path.startswith(room + "/")), None)


def room_of_include(path, public, local):
    """The room that an #include line reaches into; None for a room that nobody knows."""
    if public:
        return PUBLIC.get(public)
    if "/" not in local:
        return room_of(path)  # beside the file
    first = local.split("/")[0]
    return next((room for room in ("engine/" + first, "simulator/" + first, path.split("/")[0])
                 if room in ROOMS), None)


def check(tree):
    for library in ("engine/", "simulator/", "testing/"):
        for path in tree.files(".c", ".h", ".S", under=library):
            room = room_of(path)
            if room is None:
                yield path, 0, "belongs to no room; add it to check_layering.py"
                continue
            yield from upward_includes(path, tree.text(path), room)


def upward_includes(path, text, room):
    for include in INCLUDE.finditer(text):
        target = room_of_include(path, *include.groups())
        name = include.group(1) or include.group(2)
        line = line_of(text, include.start())
        if target is None:
            yield path, line, "include of '%s', which belongs to no room" % name
        elif ROOMS.index(target) > ROOMS.index(room):
            yield path, line, "%s includes '%s' of %s, which stands above it" % (room, name, target)
