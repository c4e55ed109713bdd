# SPDX-License-Identifier: Apache-2.0
"""test_compile.py - user-like files compile without a warning; every linker keeps the list.

usage: python3 test_compile.py INCLUDE_DIRECTORY

Built with each of gcc and clang that is here, linked by ld and by lld, plainly and with
--gc-sections; the program and its plug-ins must see exactly their own workflows."""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
STRICT = "-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes -Werror"
COMPILERS = {"gcc": [], "clang": ["-Wmissing-variable-declarations"]}
LINKERS = {"ld": [], "ld.lld": ["-fuse-ld=lld"]}
# How to compile, how to link the program.
STYLES = {
    "plain": ([], []),
    "optimised": (["-O2", "-fPIE"], ["-pie"]),
    "all hidden": (["-O2", "-fPIC", "-fno-plt", "-fvisibility=hidden"], []),
    "collected": (["-O2", "-ffunction-sections", "-fdata-sections"], ["-Wl,--gc-sections"]),
}
PLUGINS = {
    "one.so": ("plugin.c", ["-DPLUGIN=one"]),
    "two.so": ("plugin.c", ["-DPLUGIN=two"]),
    "bare.so": ("bare.c", []),
}
EXPECTED = """program: nightly [price] shop [order price write] warehouse [pack]
one.so: one [order (one)]
two.so: two [order (two)]
bare.so:
"""


def run(command):
    """Runs a command; its output, or the end of the test."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}exit status {done.returncode}")
    return done.stdout


class Build:
    """One compiler, one linker, one style."""

    def __init__(self, include, compiler, linker, style, folder):
        self.compiler = [compiler, *STRICT.split(), *COMPILERS[compiler], "-I", include]
        self.linker = [compiler, *LINKERS[linker]]
        self.compiling, self.linking = STYLES[style]
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def compile(self, source, *options):
        made = self.path(source + ".o")
        output = ["-c", os.path.join(HERE, source), "-o", made]
        run([*self.compiler, *self.compiling, *options, *output])
        return made

    def plugins(self):
        for name, (source, options) in PLUGINS.items():
            made = self.compile(source, "-fPIC", *options)
            run([*self.linker, "-shared", made, "-o", self.path(name)])
            yield self.path(name)

    def archive(self):
        """Nobody refers to the workflow in it, so it is linked whole."""
        made = self.path("libwarehouse.a")
        run(["ar", "rcs", made, self.compile("warehouse.c")])
        return ["-Wl,--whole-archive", made, "-Wl,--no-whole-archive"]

    def program(self):
        """With -rdynamic, as cloacinactl: a plug-in must not end up at its host's tasks."""
        made = self.path("program")
        parts = [self.compile("program.c"), self.compile("orders.c"), *self.archive()]
        run([*self.linker, *self.linking, "-rdynamic", *parts, "-ldl", "-o", made])
        return made


def check(include, compiler, linker, style):
    with tempfile.TemporaryDirectory() as folder:
        build = Build(include, compiler, linker, style, folder)
        build.compile("user.c")  # it calls the engine, which is not here: compiled, not linked
        found = run([build.program(), *build.plugins()])
    if found != EXPECTED:
        sys.exit(f"{compiler}, {linker}, {style}: wanted\n{EXPECTED}found\n{found}")
    print(f"ok {compiler}, {linker}, {style}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    compilers = [name for name in COMPILERS if shutil.which(name)]
    linkers = [name for name in LINKERS if shutil.which(name)]
    if not compilers or not linkers:
        sys.exit("there is no compiler here, or no linker")
    for compiler in compilers:
        for linker in linkers:
            for style in STYLES:
                check(sys.argv[1], compiler, linker, style)


if __name__ == "__main__":
    main()
