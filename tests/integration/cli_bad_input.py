# SPDX-License-Identifier: Apache-2.0
"""cli_bad_input.py - whatever is wrong gets one clear line and status 2."""

import os
import subprocess
import unittest

from cli_support import PROGRAM, SECONDS_MAX, ProgramTest, document_of, main

FINE = document_of([("a", [], "1"), ("b", ["a"], "2")])


def document(specification, runs):
    return ('{"name": "w", "schemaVersion": "1.5", "workflow": {"specification": {"tasks": ['
            f'{specification}]}},\n"execution": {{"tasks": [{runs}]}}}}}}')


ONE = '{"id": "a"}'
ONE_RUN = '{"id": "a", "runtimeInSeconds": 1}'

BAD_FILES = {
    "0 bytes": (b"", r"w\.json:1:1: "),
    "white space only": (b" \n\n", r"w\.json:3:1: "),
    "truncated": (FINE[:-20].encode(), r"w\.json:1:\d+: "),
    "binary": (bytes(range(256)), r"w\.json:1:1: "),
    "an ELF file": (b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 100, r"w\.json:1:1: "),
    "not UTF-8": (b'{"name": "\xff"}', r"w\.json:1:1\d: "),
    "something behind the end": (FINE.encode() + b"\n{}", r"w\.json:2:1: "),
    "deep nesting": (b'{"x":' + b"[" * 100000 + b"]" * 100000 + b"}", r"w\.json:1:\d+: "),
    "deep objects": (b'{"x":' * 100000, r"w\.json:1:\d+: "),
    "an array": (b"[]", r"w\.json:1:1: the file: wanted an object, found an array"),
    "another version": (FINE.replace("1.5", "1.2").encode(), r"schemaVersion '1\.2' is not known"),
    "a cycle": (document('{"id": "a", "parents": ["b"]},\n{"id": "b", "parents": ["a"]}',
                         ONE_RUN + ', {"id": "b", "runtimeInSeconds": 1}'),
                r"w\.json:1.*a -> b -> a"),
    "a task that waits for itself": (document('{"id": "a", "parents": ["a"]}', ONE_RUN),
                                     r"w\.json:1.*a -> a"),
    "an unknown parent": (document('{"id": "a",\n"parents": ["x"]}', ONE_RUN),
                          r"w\.json:2:13: task 'a': parent 'x' does not exist"),
    "an unknown child": (document('{"id": "a",\n"children": ["x"]}', ONE_RUN),
                         r"w\.json:2:14: task 'a': child 'x' does not exist"),
    "a duplicate id": (document(ONE + ",\n" + ONE, ONE_RUN),
                       r"w\.json:2:1: there is another task 'a'"),
    "no tasks": (document("", ""), r"w\.json:1: .*no task"),
    "no runtime": (document(ONE, ""), r"task 'a' has no runtime"),
    "two runtimes": (document(ONE, ONE_RUN + "," + ONE_RUN), r"task 'a' has two runtimes"),
    "an unknown run": (document(ONE, ONE_RUN.replace("a", "x", 1)), r"w\.json:2:\d+: "),
    "an empty id": (document('{"id": ""}', '{"id": "", "runtimeInSeconds": 1}'), r"name is empty"),
    "a long id": (document(ONE.replace("a", "a" * 256), ONE_RUN.replace('"a"', f'"{"a" * 256}"')),
                  r"255"),
}

for digits, reason in (("-1", "is negative"), ("-0.001", "is negative"), ("NaN", r"w\.json:2"),
                       ("Infinity", r"w\.json:2"), ("-Infinity", r"w\.json:2"),
                       ("1e400", "more than 365 days"), ("31536001", "more than 365 days"),
                       ("1" * 400, "more than 365 days"), ("null", "wanted a number"),
                       ('"1"', "wanted a number"), ("01", r"w\.json:2"), ("1.", r"w\.json:2"),
                       ("0x10", r"w\.json:2"), (".5", r"w\.json:2")):
    BAD_FILES[f"runtime {digits[:12]}"] = (
        document(ONE, '{"id": "a", "runtimeInSeconds": ' + digits + "}"), reason)


class BadFiles(ProgramTest):
    def test_every_bad_file_is_refused_in_one_line(self):
        for name, (content, message) in BAD_FILES.items():
            with self.subTest(name):
                self.write("w.json", content)
                self.assert_refused(self.run_program("simulate", "w.json"), message)

    def test_a_file_cut_anywhere_is_refused(self):
        for length in range(0, len(FINE), 7):
            self.write("w.json", FINE[:length])
            self.assert_refused(self.run_program("simulate", "w.json"), r"w\.json:1:\d+: ")

    def test_what_is_no_file_is_refused(self):
        os.mkdir(self.folder / "d.json")
        run = self.run_program("simulate", "d.json")
        self.assert_refused(run, "'d.json' is a directory")
        run = self.run_program("simulate", "none.json")
        self.assert_refused(run, "cannot open 'none.json': No such file or directory")
        self.assert_refused(self.run_program("simulate", "/dev/zero"), "'/dev/zero' is a device")
        self.assert_refused(self.run_program("simulate", "/dev/null"), "'/dev/null' is a device")

    def test_a_file_over_the_limit_is_refused_before_it_is_read(self):
        with open(self.folder / "big.json", "wb") as file:
            file.truncate(2 ** 30 + 1)
        run = self.run_program("simulate", "big.json")
        self.assert_refused(run, "'big.json' is over the limit of 1073741824 bytes")

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_file_without_permission_is_refused(self):
        self.write("w.json", FINE)
        os.chmod(self.folder / "w.json", 0)
        self.assert_refused(self.run_program("simulate", "w.json"), "Permission denied")

    def test_a_pipe_is_a_file_too(self):
        command = f"cat w.json | '{PROGRAM}' simulate /dev/stdin --json -"
        self.write("w.json", FINE)
        run = subprocess.run(["sh", "-c", command], cwd=self.folder, capture_output=True,
                             timeout=SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)


class BadUse(ProgramTest):
    def assert_misused(self, *arguments, message):
        with self.subTest(arguments):
            self.assert_refused(self.run_program(*arguments), message)

    def test_every_misuse_is_named(self):
        self.write("w.json", FINE)
        self.assert_misused(message="a command is missing")
        self.assert_misused("simulat", message="did you mean 'simulate'?")
        self.assert_misused("simulate", message="a WORKFLOW is missing")
        self.assert_misused("simulate", "a", "b", message="unexpected argument 'b'")
        self.assert_misused("simulate", "nothing", message="nothing")
        self.assert_misused("simulate", "w.json", "--generate", "chain:3", message="two sources")
        self.assert_misused("simulate", "--library", "x.so", "--generate", "chain:3",
                            message="two sources")
        self.assert_misused("simulate", "w.json", "--sed", "3", message="did you mean '--seed")
        self.assert_misused("simulate", "w.json", "--seed", message="needs a value: --seed S")
        self.assert_misused("simulate", "w.json", "--seed", "-1", message="'-1' is no number")
        self.assert_misused("simulate", "w.json", "--seed", "18446744073709551616",
                            message="is not from 0 to 18446744073709551615")
        self.assert_misused("simulate", "w.json", "--seed", "18446744073709551615", "--seeds", "2",
                            message="does not fit 64 bits")
        self.assert_misused("simulate", "w.json", "--seeds", "0", message="'0' is not from 1")
        self.assert_misused("simulate", "w.json", "--runners", "0", message="'0' is not from 1")
        self.assert_misused("simulate", "w.json", "--runners", "65", message="not from 1 to 64")
        self.assert_misused("simulate", "w.json", "--slots", "x", message="'x' is no number")
        self.assert_misused("simulate", "w.json", "--progress", "no", message="is none of auto")
        self.assert_misused("simulate", "w.json", "--checkers", "no", message="is none of on, off")
        self.assert_misused("simulate", "w.json", "--strict=1", message="takes no value")
        self.assert_misused("simulate", "--generate", "tree:3", message="'tree' is none of chain")

    def test_a_wrong_context_is_named(self):
        self.write("w.json", FINE)
        self.write("c.json", b'{"a": "\0"}')
        for context, message in (("[]", "option '--context': "), ("{", "option '--context': "),
                                 ("7", "option '--context': "), ("", "option '--context': "),
                                 ("@none.json", "cannot open 'none.json'"),
                                 ("@c.json", "holds a zero byte")):
            self.assert_misused("simulate", "w.json", "--context", context, message=message)

    def test_nothing_is_written_when_the_input_is_wrong(self):
        run = self.run_program("simulate", "none.json", "--json", "r.json", "--trace", "t.json")
        self.assertEqual(run.returncode, 2)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    main()
