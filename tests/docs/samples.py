# SPDX-License-Identifier: Apache-2.0
"""samples.py - compiles and runs every sample of the Markdown pages that it is given.

    ```c            a whole translation unit: it is compiled, with warnings as errors
    ```c shop.c     the same, and kept under that name for the commands below it
    ```console      commands after "$ ", and what they print; "..." stands for anything, within a
                    line or for lines; "# exit status 1" behind a command says how it ends (0 if
                    not said)
    ```console not-run    is only looked at: it is slow, needs the network or changes the machine

Each page has a folder of its own with nothing in it but `build`, the build folder, and `fixtures`;
pkg-config finds the libraries of that build. A folder stands for the pages in it.

Law: a call that found no sample fails: a check that looked at nothing has proved nothing.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

WARNINGS = "-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror".split()
SECONDS_MAX = 120
SOURCE = pathlib.Path(__file__).resolve().parents[2]


class Sample:
    """One fenced block: its language, the words behind it, its lines and where it begins."""

    def __init__(self, page, line, info):
        words = info.split()
        self.place = f"{page}:{line}"
        self.language = words[0] if words else ""
        self.words = words[1:]
        self.lines = []

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)


def read_samples(page):
    samples, current = [], None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("```"):
            if current is not None:
                current.lines.append(line)
        elif current is None:
            current = Sample(page, number, line[3:])
        else:
            samples.append(current)
            current = None
    if current is not None:
        raise SystemExit(f"{current.place}: this block is never closed")
    return [sample for sample in samples if sample.language in ("c", "console")]


def pattern_of(expected):
    """Output with "..." in it as a regular expression."""
    lines = []
    for line in expected:
        if line.strip() == "...":
            lines.append("(?:.*\n)*?")
        else:
            lines.append(".*".join(re.escape(part) for part in line.split("...")) + "\n")
    return "".join(lines)


def read_commands(sample):
    """Pairs of a command and the lines that it should print."""
    commands = []
    for line in sample.lines:
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands:
            commands[-1][1].append(line)
        else:
            raise SystemExit(f"{sample.place}: a console sample begins with a command: \"$ ...\"")
    return commands


def run_command(folder, environment, command, expected):
    """None, or what is wrong."""
    wanted = re.search(r"# exit status (\d+)\s*$", command)
    run = subprocess.run(["sh", "-c", command], cwd=folder, env=environment,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=SECONDS_MAX, check=False)
    status = int(wanted.group(1)) if wanted else 0
    if run.returncode != status:
        return f"exit status {run.returncode}, not {status}\n{run.stdout}{run.stderr}"
    if not re.fullmatch(pattern_of(expected), run.stdout):
        shown = "".join(line + "\n" for line in expected)
        return f"printed\n{run.stdout}{run.stderr}instead of\n{shown}"
    return None


def check_console(sample, folder, environment):
    for command, expected in read_commands(sample):
        wrong = run_command(folder, environment, command, expected)
        if wrong:
            return f"{sample.place}: $ {command}\n{wrong}"
    return None


def check_c(sample, folder, environment):
    name = sample.words[0] if sample.words else "sample.c"
    (folder / name).write_text(sample.text, encoding="utf-8")
    compiler = environment.get("CC", "cc").split()
    flags = subprocess.run(["pkg-config", "--cflags", "cloacina-testing"], env=environment,
                           capture_output=True, text=True, check=True).stdout.split()
    run = subprocess.run([*compiler, *WARNINGS, *flags, "-fsyntax-only", name], cwd=folder,
                         capture_output=True, text=True, check=False)
    return f"{sample.place}: does not compile\n{run.stderr}" if run.returncode != 0 else None


def check_page(page, build):
    """The number of samples that were checked, and what is wrong with them."""
    samples = [sample for sample in read_samples(page) if "not-run" not in sample.words]
    failures = []
    environment = dict(os.environ, LC_ALL="C.UTF-8",
                       PKG_CONFIG_PATH=str(build / "meson-uninstalled"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "build").symlink_to(build)
        (folder / "fixtures").symlink_to(SOURCE / "fixtures")
        for sample in samples:
            check = check_c if sample.language == "c" else check_console
            wrong = check(sample, folder, environment)
            if wrong:
                failures.append(wrong)
    return len(samples), failures


def find_pages(paths):
    for path in paths:
        yield from sorted(path.rglob("*.md")) if path.is_dir() else [path]


def main():
    parser = argparse.ArgumentParser(description="compile and run the samples of Markdown pages")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build folder of meson")
    parser.add_argument("pages", type=pathlib.Path, nargs="+", help="pages, or folders of pages")
    arguments = parser.parse_args()
    found, failed = 0, 0
    for page in find_pages(arguments.pages):
        count, failures = check_page(page, arguments.build.resolve())
        for failure in failures:
            print(failure, file=sys.stderr)
        print(f"{page}: {count} samples, {len(failures)} failed")
        found += count
        failed += len(failures)
    return 0 if found > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
