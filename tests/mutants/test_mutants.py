# SPDX-License-Identifier: Apache-2.0
"""test_mutants.py - the patches fit the tree, and the judge of the hunts can be displeased.

What takes a second: whether each bug is found is for `./dev mutants`."""

import copy
import os
import re
import shutil
import sys
import tempfile
import unittest

import mutants

PATHS = sorted(name for name in os.listdir(mutants.HERE) if name.endswith(".patch"))
MUTANTS = [mutants.Mutant(os.path.join(mutants.HERE, name)) for name in PATHS]
KNOWN_WORDS = re.compile(r"^(I-[0-3][0-9]|always|eventually|crash|hang|nothing)$")
SKIPPED = 77  # what meson takes for "skipped"


def result_of(catches, *caught_by, trouble=""):
    """What a hunt came to, made by hand."""
    result = mutants.Result(copy.copy(MUTANTS[0]))
    result.mutant.catches = catches
    result.caught_by = list(caught_by)
    result.trouble = trouble
    return result


class Patches(unittest.TestCase):
    def test_there_are_thirty_and_both_canaries(self):
        names = {mutant.name for mutant in MUTANTS}
        self.assertGreaterEqual(len(names), 32)
        self.assertTrue(names.issuperset(mutants.CANARIES))
        living = [mutant.name for mutant in MUTANTS if mutant.must_live]
        self.assertEqual(living, ["canary"])

    def test_headers_name_what_may_catch_the_bug(self):
        for mutant in MUTANTS:
            for word in mutant.catches:
                self.assertRegex(word, KNOWN_WORDS, mutant.name)

    def test_each_applies_to_the_engine_and_changes_one_file_of_it(self):
        for mutant in MUTANTS:
            with open(mutant.path, encoding="utf-8") as patch:
                changed = re.findall(r"^\+\+\+ b/(\S+)", patch.read(), re.MULTILINE)
            self.assertEqual(len(changed), 1, mutant.name)
            self.assertTrue(changed[0].startswith("engine/"), mutant.name)
            with tempfile.TemporaryDirectory() as folder:
                target = os.path.join(folder, changed[0])
                os.makedirs(os.path.dirname(target))
                shutil.copy(os.path.join(mutants.ROOT, changed[0]), target)
                command = ["patch", "-p1", "-s", "-f", "-i", mutant.path]
                done = mutants.run(command, folder)
                self.assertEqual(done.returncode, 0, mutant.name + ": " + done.stdout)


class Judge(unittest.TestCase):
    def test_a_bug_must_be_caught_by_a_named_checker(self):
        self.assertEqual(result_of(["I-01", "I-02"], "I-02").complaint, "")
        self.assertEqual(result_of(["I-01"]).complaint, "lives")
        self.assertIn("none of I-01", result_of(["I-01"], "I-03").complaint)

    def test_a_canary_must_live(self):
        self.assertEqual(result_of(["nothing"]).complaint, "")
        self.assertIn("accused", result_of(["nothing"], "I-03").complaint)

    def test_a_hunt_that_could_not_take_place_is_a_complaint(self):
        self.assertEqual(result_of(["I-01"], trouble="does not apply").complaint, "does not apply")

    def test_a_sample_has_the_canaries_in_it(self):
        sample = {mutant.name for mutant in mutants.choose(MUTANTS, [], 5)}
        self.assertEqual(len(sample), 7)
        self.assertTrue(sample.issuperset(mutants.CANARIES))

    def test_on_sqlite_the_bugs_of_the_memory_store_are_left_out(self):
        chosen = mutants.choose(MUTANTS, [], None, "sqlite")
        self.assertTrue(any(mutant.is_of_memory for mutant in MUTANTS))
        self.assertFalse(any(mutant.is_of_memory for mutant in chosen))

    def test_a_name_that_is_none_is_refused(self):
        with self.assertRaises(SystemExit):
            mutants.choose(MUTANTS, ["nobody"], None)

    def test_a_header_without_checkers_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.patch")
            with open(path, "w", encoding="utf-8") as patch:
                patch.write("# A bug.\n--- a/x\n")
            with self.assertRaises(SystemExit):
                mutants.Mutant(path)


if __name__ == "__main__":
    if shutil.which("patch") is None:
        print("skipped, not installed: patch")
        sys.exit(SKIPPED)
    unittest.main()
