# SPDX-License-Identifier: Apache-2.0
"""test_install.py SOURCE BUILD - installs below a temporary folder and builds a user's project.

The project is the first tutorial and its test. It is built twice: by the compiler with what
pkg-config says about the installed copy, and by Meson with the source tree as its subproject. The
compiler is the environment's CC."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TUTORIAL = "examples/tutorials/01-basic-workflow"
PROGRAM = [TUTORIAL + "/main.c", TUTORIAL + "/hello.c", "examples/common/story.c"]
TESTS = [TUTORIAL + "/test_hello.c", TUTORIAL + "/hello.c"]
USER_FLAGS = "-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror".split()


def run(*command, cwd=None):
    print("+", *command, flush=True)
    subprocess.run(command, cwd=cwd, check=True)


def find(root, pattern):
    (path,) = glob.glob(root + "/**/" + pattern, recursive=True)
    return path


def pkg_config(root, package, *arguments):
    """Asks pkg-config about a package of the copy installed below root."""
    folder = find(root, "pkgconfig")
    env = dict(os.environ, PKG_CONFIG_PATH=folder, PKG_CONFIG_SYSROOT_DIR=root)
    command = ["pkg-config", *arguments, package]
    answer = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return answer.stdout.split()


def compile_and_run(root, package, sources, project):
    flags = USER_FLAGS + pkg_config(root, package, "--cflags")
    libraries = pkg_config(root, package, "--static", "--libs")
    run(*os.environ["CC"].split(), *flags, *sources, *libraries, "-o", "a.out", cwd=project)
    run(project + "/a.out")


def build_with_pkg_config(build, project, root):
    run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root)
    run(find(root, "bin/cloacinactl"), "--version")
    pkg_config(root, "cloacina", "--exists")
    compile_and_run(root, "cloacina-testing", PROGRAM, project)
    compile_and_run(root, "cloacina-testing", TESTS, project)


def build_as_subproject(source, project):
    os.mkdir(project + "/subprojects")
    os.symlink(source, project + "/subprojects/cloacina")
    run("meson", "setup", "--wrap-mode=forcefallback", "build", cwd=project)
    jobs = str(os.cpu_count())
    run("meson", "compile", "-C", "build", "-j", jobs, "program", "tests", cwd=project)
    run(project + "/build/program")
    run(project + "/build/tests")


def main(source, build):
    with tempfile.TemporaryDirectory() as scratch:
        project = os.path.join(scratch, "project")
        shutil.copytree(os.path.join(HERE, "project"), project)
        shutil.copytree(os.path.join(source, "examples"), project + "/examples")
        build_with_pkg_config(build, project, os.path.join(scratch, "root"))
        build_as_subproject(source, project)


if __name__ == "__main__":
    main(*sys.argv[1:])
