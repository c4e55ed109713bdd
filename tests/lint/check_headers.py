# SPDX-License-Identifier: Apache-2.0
"""check_headers.py - every header compiles alone; a public one as C11 and as C++, with libc only.

testing.h is the exception: it brings cmocka.h."""

import re
import subprocess

FLAGS = "-Wall -Wextra -Wpedantic -Wconversion -Wundef -Werror -fsyntax-only".split()
C_COMMAND = "gcc -x c -std=c11 -D_POSIX_C_SOURCE=200809L -Wshadow -Wstrict-prototypes".split()
CPP_COMMAND = "g++ -x c++ -std=c++11".split()
PUBLIC_PATHS = ["-Iengine/include", "-Isimulator/include", "-Itesting/include"]
# The last is where Debian keeps libpq-fe.h.
INTERNAL_PATHS = ["-Iengine", "-Isimulator", "-Itesting", "-I/usr/include/postgresql"]
LIBC = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h"}
THIRD_PARTY = {"testing/include/cloacina/testing.h": {"cmocka.h", "setjmp.h"}}


def check(tree):
    for library in ("engine/", "simulator/", "testing/"):
        for path in tree.files(".h", under=library):
            public = re.search(r"include/(cloacina/\w+\.h)$", path)
            if public:
                yield from check_public(tree, path, public.group(1))
            elif not compiles(tree, C_COMMAND + PUBLIC_PATHS + INTERNAL_PATHS, '"%s"' % path):
                yield path, 0, "does not compile alone"


def check_public(tree, path, name):
    if not compiles(tree, C_COMMAND + PUBLIC_PATHS, "<%s>" % name):
        yield path, 0, "does not compile alone as C11"
    if not compiles(tree, CPP_COMMAND + PUBLIC_PATHS, "<%s>" % name):
        yield path, 0, "does not compile alone as C++"
    includes = set(re.findall(r"^#include [<\"]([\w/.]+)", tree.text(path), re.MULTILINE))
    foreign = {include for include in includes if not include.startswith("cloacina/")}
    for include in sorted(foreign - LIBC - THIRD_PARTY.get(path, set())):
        yield path, 0, "a public header includes '%s'" % include


def compiles(tree, command, include):
    """Tells whether the include is a program of its own; complaints are repeated by the build."""
    run = subprocess.run(
        [*command, *FLAGS, "-I.", "-"],
        input="#include %s\n" % include,
        cwd=tree.root,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return run.returncode == 0
