# SPDX-License-Identifier: Apache-2.0
"""cli_search.py - searches of `cloacinactl simulate`: what they find, tell and write."""

import json
import os
import re
import subprocess
import unittest
import xml.etree.ElementTree as xml

from cli_support import SOURCE, ProgramTest, document_of, main

COMPILER = os.environ.get("CC", "cc").split()
HEADERS = [f"-I{SOURCE}/engine/include", f"-I{SOURCE}/simulator/include"]
TWICE_CHARGED = 'always "an order is charged at most once"'
TOKEN = "cl1:shop,chaos,runners=3,run-1/charge/1/effect.payments.charge@1=reply-lost"
SEARCH = ("shop", "--faults", "chaos", "--runners", 3, "--seeds", 200)
FINE = ("shop_fixed", "--faults", "chaos", "--runners", 3, "--seeds", 200)

BODIES = r"""
#include <cloacina/property.h>
#include <cloacina/world.h>
#include <stdlib.h>
#include <time.h>

static enum cloacina_code crash_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)err;
    if (cloacina_task_attempt(task) > 1) {
        abort();
    }
    return CLOACINA_OK;
}
static enum cloacina_code exit_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task, (void)err;
    exit(0);
}
static enum cloacina_code clock_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return cloacina_context_set_int64(cloacina_task_context(task), "now", now.tv_nsec, err);
}
static enum cloacina_code late_clock_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_attempt(task) == 1 ? CLOACINA_OK : clock_body(task, err);
}
static enum cloacina_code fail_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return cloacina_error_set(err, "out of order");
}
static enum cloacina_code quiet_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task, (void)err;
    return CLOACINA_OK;
}
static enum cloacina_code nothing(void *argument, struct cloacina_error *err)
{
    (void)argument, (void)err;
    return CLOACINA_OK;
}
static enum cloacina_code pay_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct cloacina_effect effect = {.name = "bank.pay", .key = "k", .apply = nothing};
    if (cloacina_task_attempt(task) == 3) {
        abort();
    }
    return cloacina_task_effect(task, &effect, err);
}
static enum cloacina_code paid_once(const struct cloacina_world *world, void *user,
                                    struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects(world, "bank.pay") <= 1 ? CLOACINA_OK
                                                          : cloacina_error_set(err, "paid twice");
}
CLOACINA_TASK(pay, .body = pay_body, .retry = {.attempts_max = 5});
CLOACINA_WORKFLOW(pays, .tasks = CLOACINA_TASKS(&pay));
CLOACINA_PROPERTY(pays_once, .workflow = "pays", .type = CLOACINA_EVENTUALLY,
                  .name = "paid once", .holds = paid_once);
CLOACINA_TASK(crash, .body = crash_body, .retry = {.attempts_max = 3});
CLOACINA_TASK(leave, .body = exit_body);
CLOACINA_TASK(clock_reader, .body = clock_body);
CLOACINA_TASK(late_clock_reader, .body = late_clock_body, .retry = {.attempts_max = 3});
CLOACINA_TASK(fail, .body = fail_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(quiet, .body = quiet_body);
CLOACINA_WORKFLOW(crashes, .tasks = CLOACINA_TASKS(&crash));
CLOACINA_WORKFLOW(leaves, .tasks = CLOACINA_TASKS(&leave));
CLOACINA_WORKFLOW(reads_clock, .tasks = CLOACINA_TASKS(&clock_reader));
CLOACINA_WORKFLOW(reads_clock_late, .tasks = CLOACINA_TASKS(&late_clock_reader));
CLOACINA_WORKFLOW(fails, .tasks = CLOACINA_TASKS(&fail));
CLOACINA_WORKFLOW(dull, .tasks = CLOACINA_TASKS(&quiet));

static enum cloacina_code no(const struct cloacina_world *world, void *user,
                             struct cloacina_error *err)
{
    (void)world, (void)user;
    return cloacina_error_set(err, "nothing happened");
}
CLOACINA_PROPERTY(dull_is_never, .workflow = "dull", .type = CLOACINA_SOMETIMES,
                  .name = "something happens", .holds = no);
"""

# The new code works; the old one fails.
UPGRADE = r"""
#include <cloacina/authoring.h>

static enum cloacina_code work_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 1000, err);
}
CLOACINA_TASK(work, .body = work_body%s);
CLOACINA_WORKFLOW(versioned, .tasks = CLOACINA_TASKS(&work));
"""


class SearchTest(ProgramTest):
    def search(self, *arguments, status=0, **options):
        run = self.run_program("simulate", *arguments, **options)
        self.assertEqual(run.returncode, status, run.stderr + run.stdout)
        return run.stdout.decode()

    def build(self, name, source):
        self.write("library.c", source)
        subprocess.run([*COMPILER, "-shared", "-fPIC", *HEADERS, "library.c", "-o", name],
                       cwd=self.folder, check=True)
        return name


class Findings(SearchTest):
    def test_a_double_charge_is_found_shrunk_and_told(self):
        text = self.search(*SEARCH, status=1)
        lines = text.splitlines()
        self.assertRegex(lines[0],
                         f"^FAILED  {TWICE_CHARGED}: seed \\d+; \\d+ decisions shrunk to 1 ")
        self.assertIn("REPLY LOST", text)
        self.assertRegex(text, "(?m)^needs: the lost reply of payments.charge")
        self.assertRegex(text, "(?m)^replay:  cloacinactl simulate --replay cl1:shop@[0-9a-f]{4},"
                               "chaos,runners=3,run-1/charge/1/"
                               "effect.payments.charge@1=reply-lost$")
        self.assertIn("'shop' on 3 runners with 4 slots, chaos, seeds 0..199\n", text)
        self.assertRegex(text, r"(?m)^runs      200 with ")

    def test_the_same_search_finds_the_same_however_many_processes_there_are(self):
        reports = []
        for jobs in (1, 1, 3):
            report = self.simulate(*SEARCH, "--jobs", jobs, "--emit-test", "none", status=1)
            reports.append({key: value for key, value in report.items() if key != "wall_ns"})
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0], reports[2])

    def test_a_workflow_that_is_right_survives(self):
        report = self.simulate(*FINE)
        self.assertEqual((report["runs_done"], report["failures"]), (200, []))
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_report_names_findings_places_and_what_was_judged(self):
        report = self.simulate(*SEARCH, "--seed", 50, status=1)
        self.assertEqual([report[key] for key in ("seed", "seeds", "runners", "plan", "method")],
                         [50, 200, 3, "chaos", "seeds 50..249"])
        finding = report["findings"][0]
        self.assertEqual((finding["id"], finding["name"]),
                         ("always", "an order is charged at most once"))
        self.assertEqual(finding["test"], "simulate-failure.c")
        self.assertGreater(finding["count"], 1)
        cases = {case["name"]: case["holds"] for case in report["cases"]}
        self.assertEqual(cases["an order is charged at most once"], False)
        self.assertEqual(cases["I-01"], True)

    def test_a_body_that_ends_the_process_is_a_finding_and_not_the_end(self):
        self.build("b.so", BODIES)
        for name, message in (("crashes", r"signal 6 \(SIGABRT\) in 'crash', attempt 2"),
                              ("leaves", "exit")):
            text = self.search(name, "--library", "b.so", "--faults", "chaos", "--seeds", 200,
                               "--emit-test", "none", status=1)
            self.assertRegex(text, "(?m)^FAILED  crash: seed ")
            self.assertRegex(text, message)
            token = re.search(r"--replay (\S+)$", text, re.MULTILINE).group(1)
            self.assertRegex(self.search("--replay", token, status=1), "^FAILED  crash: the token")

    def test_a_crash_on_the_way_to_a_smaller_run_does_not_end_the_report(self):
        self.build("b.so", BODIES)
        report = json.loads(self.search("pays", "--library", "b.so", "--faults", "chaos", "--seeds",
                                        500, "--emit-test", "none", "--json", "-", status=1))
        found = {finding["id"]: finding for finding in report["findings"]}
        self.assertEqual(set(found), {"eventually", "crash"})
        for finding in found.values():
            self.assertGreater(finding["count"], 1)
            self.assertLessEqual(finding["shrunk"], 2)

    def test_without_faults_a_workflow_must_complete_and_with_faults_it_may_fail(self):
        self.build("b.so", BODIES)
        text = self.search("fails", "--library", "b.so", "--seeds", 3, "--jobs", 2, status=1)
        self.assertRegex(text, "^FAILED  eventually \"the workflow completes\": seed 0; ")
        self.assertIn("'fails' is Failed: 1 task failed", text)
        token = re.search(r"--replay (\S+)$", text, re.MULTILINE).group(1)
        self.search("--replay", token, status=1)
        self.search("fails", "--library", "b.so", "--seeds", 3, "--faults", "chaos")

    def test_a_sometimes_that_never_was_is_a_failure_of_a_long_search(self):
        self.build("b.so", BODIES)
        arguments = ["dull", "--library", "b.so", "--faults", "chaos", "--seeds"]
        self.search(*arguments, 99)
        text = self.search(*arguments, 100, status=1)
        self.assertIn("FAILED  something happens\n  sometimes: not once in 100 runs\n", text)
        self.write("known.txt", 'sometimes "something happens"  # it is dull\n')
        self.search(*arguments, 100, "--known", "known.txt")


class Ways(SearchTest):
    def test_a_sweep_tries_every_single_fault(self):
        text = self.search("shop", "--sweep", status=1)
        self.assertRegex(text, f"^FAILED  {TWICE_CHARGED}: sweep, run \\d+; 1 decision ")
        self.assertIn("'shop' on 1 runner with 4 slots, every fault, a sweep\n", text)
        token = re.search(r"--replay (\S+)$", text, re.MULTILINE).group(1)
        self.assertIn("shop@", token)
        self.search("--replay", token, status=1)

    def test_a_sweep_keeps_to_a_plan_and_pairs_go_over_single_faults(self):
        self.write("plan.yaml", "name: lost\nfaults:\n"
                                "  - {fault: reply-lost, at: effect, probability: 1}\n"
                                "  - {fault: crash, at: body, amount: 1s, probability: 1}\n")
        arguments = ["shop_fixed", "--faults", "plan.yaml", "--sweep"]
        single = self.simulate(*arguments)
        self.assertEqual((single["plan"], single["method"]), ("lost", "a sweep"))
        fired = {site["site"] for site in single["coverage"] if any(site["fired"].values())}
        self.assertEqual(fired - {"clock", "rate", "entropy", "random"}, {"effect", "body"})
        pairs = self.simulate(*arguments, "--pairs")
        self.assertEqual(pairs["method"], "a sweep with pairs")
        self.assertGreater(pairs["runs_done"], single["runs_done"])
        both = self.simulate(*arguments, "--seeds", 10)
        self.assertEqual(both["method"], "a sweep, seeds 0..9")
        self.assertEqual(both["runs_done"], single["runs_done"] + 10)

    def test_there_is_nothing_to_sweep_when_the_calm_run_fails(self):
        self.build("b.so", BODIES)
        text = self.search("leaves", "--library", "b.so", "--sweep", "--emit-test", "none",
                           status=1)
        self.assertRegex(text, "^FAILED  crash: the run in which nothing goes wrong; ")
        self.assertIn("every fault, no sweep: the calm run fails\n", text)

    def test_a_budget_ends_the_search(self):
        report = self.simulate("shop_fixed", "--faults", "chaos", "--budget", "300ms", "--jobs", 2)
        self.assertGreater(report["runs_done"], 0)
        self.assertLess(report["wall_ns"], 60_000_000_000)
        self.assertEqual(report["seeds"], report["runs_done"])
        report = self.simulate("shop_fixed", "--sweep", "--pairs", "--budget", "100ms")
        self.assertRegex(report["method"], r"^a sweep with pairs cut short after \d+ runs")
        report = self.simulate("shop_fixed", "--faults", "chaos", "--budget", "60s", "--seeds", 5)
        self.assertEqual(report["runs_done"], 5)

    def test_a_run_made_twice_gives_a_reader_of_the_real_clock_away(self):
        self.build("b.so", BODIES)
        text = self.search("reads_clock", "--library", "b.so", "--twice", status=1)
        self.assertRegex(text, "^FAILED  I-29: seed 0; ")
        token = re.search(r"--replay (\S+)$", text, re.MULTILINE).group(1)
        self.assertTrue(token.endswith(",twice=yes"), token)
        self.assertRegex(self.search("--replay", token, status=1), "^FAILED  I-29: the token; ")
        self.search("shop_fixed", "--twice", "--faults", "chaos", "--seeds", 50)

    def test_a_reader_of_the_clock_that_needs_a_fault_keeps_it_in_its_token(self):
        self.build("b.so", BODIES)
        text = self.search("reads_clock_late", "--library", "b.so", "--twice", "--faults", "chaos",
                           "--seeds", 100, status=1)
        token = re.search(r"--replay (\S+)$", text, re.MULTILINE).group(1)
        self.assertIn("run-1/", token)
        self.assertNotIn("entropy", token)
        self.assertRegex(self.search("--replay", token, status=1), "^FAILED  I-29: the token; ")

    def test_a_mixed_workflow_is_searched_and_its_seed_is_in_the_token(self):
        report = self.simulate("--generate", "mixed:6", "--faults", "chaos", "--runners", 3,
                               "--seeds", 100)
        self.assertEqual((report["workflow"], report["runs_done"]), ("mixed-6", 100))
        plain = self.simulate("--generate", "mixed:6,seed=4")
        self.assertEqual((plain["runs_done"], plain["plan"]), (1, ""))
        text = self.search("--replay", "cl1:mixed-6,chaos,generate=mixed+3A6,seed=4")
        self.assertIn("of 'mixed-6' submitted", text)

    def test_runners_begin_with_the_old_code_and_get_the_new_one_by_a_deploy(self):
        self.build("old.so", UPGRADE % ", .timeout_ms = 500, .retry = {.attempts_max = 1}")
        self.build("new.so", UPGRADE % "")
        report = self.simulate("versioned", "--library", "new.so", "--upgrade-from", "old.so",
                               "--seeds", 50)
        self.assertEqual(report["plan"], "deploys")
        fired = {site["site"]: site["fired"] for site in report["coverage"]}
        self.assertGreater(fired["poll"]["deploy"], 0)

    def test_a_bar_counts_runs_when_nobody_knows_how_many_there_are(self):
        run = self.run_program("simulate", *FINE, "--progress", "always")
        pictures = run.stderr.decode().split("\r")
        self.assertEqual(pictures[1], "[" + "." * 36 + "]   0 %  seed 1 of 200")
        self.assertEqual(pictures[-1], "[" + "#" * 36 + "] 100 %  seed 200 of 200\n")
        run = self.run_program("simulate", "shop_fixed", "--budget", "200ms", "--progress",
                               "always")
        pictures = run.stderr.decode().split("\r")
        self.assertEqual(pictures[1], "0 runs")
        self.assertRegex(pictures[-1], r"\A\d+ runs\n\Z")


class Replay(SearchTest):
    def test_a_token_is_replayed_from_the_command_line_and_from_a_file(self):
        self.write("t.token", f"# what it was\n\n  {TOKEN}\n# more\n")
        for given in (TOKEN, "t.token"):
            text = self.search("--replay", given, status=1)
            self.assertRegex(text, f"^FAILED  {TWICE_CHARGED}: the token; 1 decision\n")
            self.assertIn("REPLY LOST", text)
        report = self.simulate("--replay", TOKEN, status=1)
        self.assertEqual((report["method"], report["runners"]), ("one token", 3))
        self.assertEqual(len(report["findings"]), 1)

    def test_a_token_that_fails_no_more_says_so_and_what_happened(self):
        text = self.search("--replay", "cl1:shop,run-1/charge/1/body@1=transient")
        self.assertIn("'charge' is made to FAIL", text)
        self.assertTrue(text.endswith("the token does not fail any more\n"), text)

    def test_what_a_token_names_may_be_gone(self):
        run = self.run_program("simulate", "--replay", TOKEN + ",run-1/gone/1/body@1=fail")
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"warning: 1 of 2 decisions found\n", run.stderr)
        run = self.run_program("simulate", "--replay", TOKEN.replace("shop", "shop@0000"))
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, b"warning: the token is of 'shop@0000', and this is 'shop@")

    def test_a_token_brings_its_world(self):
        self.write("w.json", document_of([("a", [], "1"), ("b", ["a"], "2")]))
        for arguments, decision in ((["w.json"], "run-1/a/1/body@1=late:10s"),
                                    (["--generate", "chain:2"], "run-1/t1/1/body@1=crash")):
            report = self.simulate(*arguments, "--faults", "crashes", "--runners", 2, "--slots", 3)
            token = (f"cl1:{report['workflow']},crashes,"
                     + (f"file={arguments[0]}" if len(arguments) == 1
                        else f"generate={arguments[1].replace(':', '+3A')}")
                     + f",runners=2,slots=3,{decision}")
            replayed = self.simulate("--replay", token)
            self.assertEqual([replayed[key] for key in ("runners", "slots")], [2, 3])

    def test_a_token_still_fails_after_a_change_elsewhere(self):
        folder = os.path.join(SOURCE, "examples", "features", "failure-injection")
        with open(os.path.join(folder, "shop.c"), encoding="utf-8") as file:
            shop = file.read()
        with open(os.path.join(folder, "shop_properties.c"), encoding="utf-8") as file:
            properties = file.read()
        others = ("CLOACINA_TASK(audit, .body = ship_body);\n"
                  "CLOACINA_TASK(advertise, .body = ship_body, .dependencies = "
                  "CLOACINA_TASKS(&audit));\n"
                  "CLOACINA_TASK(zip_files, .body = ship_body);\n")
        grown = shop.replace('#include "shop.h"', "#include <cloacina/authoring.h>")
        grown = grown.replace("CLOACINA_WORKFLOW(shop,", others + "CLOACINA_WORKFLOW(shop,")
        grown = grown.replace("&charge, &ship)", "&charge, &ship, &audit, &advertise, &zip_files)")
        self.build("grown.so", grown + properties)
        text = self.search("--replay", TOKEN, "--library", "grown.so", status=1)
        self.assertRegex(text, TWICE_CHARGED)
        self.assertIn("'audit'", text)

    def test_a_whole_story_is_longer(self):
        short = self.search("--replay", TOKEN, status=1)
        whole = self.search("--replay", TOKEN, "--story", "all", status=1)
        self.assertGreater(len(whole.splitlines()), len(short.splitlines()))


class Files(SearchTest):
    def test_a_corpus_grows_and_is_replayed_first(self):
        os.mkdir(self.folder / "corpus")
        self.write("corpus/README", "not a token")
        self.write("corpus/other.token", "cl1:somebody_else,run-1/a/1/body@1=fail\n")
        self.search(*SEARCH, "--corpus", "corpus", "--corpus-add", "--emit-test", "none", status=1)
        added = [name for name in os.listdir(self.folder / "corpus") if name.startswith("shop-")]
        self.assertEqual(len(added), 1)
        content = (self.folder / "corpus" / added[0]).read_text()
        self.assertRegex(content, f"\\A# {TWICE_CHARGED}: .*\ncl1:shop@.*=reply-lost\n\\Z")
        text = self.search("shop", "--corpus", "corpus", "--corpus-add", "--emit-test", "none",
                           "--junit", "j.xml", status=1)
        self.assertRegex(text, f"^FAILED  {TWICE_CHARGED}: corpus/{added[0]}; ")
        self.assertIn("no faults, 1 token of the corpus, seed 0\n", text)
        self.assertEqual(len(os.listdir(self.folder / "corpus")), 3)
        cases = xml.parse(self.folder / "j.xml").getroot().iter("testcase")
        self.assertIn(f"corpus/{added[0]}", [case.get("name") for case in cases])

    def test_tokens_of_a_corpus_are_run_in_the_order_of_their_names(self):
        os.mkdir(self.folder / "corpus")
        for name in ("c", "a", "d", "b"):
            self.write(f"corpus/{name}.token", "cl1:shop_fixed\n")
        report = self.simulate("shop_fixed", "--corpus", "corpus/")
        self.assertEqual([case["name"] for case in report["cases"] if case["kind"] == "corpus"],
                         [f"corpus/{name}.token" for name in "abcd"])
        self.assertEqual(report["method"], "4 tokens of the corpus, seed 0")

    def test_a_token_of_the_corpus_whose_places_are_gone_is_told(self):
        os.mkdir(self.folder / "corpus")
        self.write("corpus/a.token", "cl1:shop_fixed,run-1/gone/1/body@1=fail\n")
        run = self.run_program("simulate", "shop_fixed", "--corpus", "corpus")
        self.assertEqual(run.returncode, 0)
        self.assertIn(b"warning: corpus/a.token: 0 of 1 decisions found\n", run.stderr)

    def test_what_is_known_does_not_fail_until_it_happens_no_more(self):
        self.write("known.txt", f"# comments\n\n{TWICE_CHARGED}  # we # know\n")
        text = self.search(*SEARCH, "--known", "known.txt")
        self.assertRegex(text, f"^KNOWN   {TWICE_CHARGED}: ")
        self.assertIn("\nknown:   we # know\n", text)
        self.assertEqual(os.listdir(self.folder), ["known.txt"])
        text = self.search(*FINE, "--known", "known.txt", status=1)
        self.assertIn(f"FAILED  known.txt:3: {TWICE_CHARGED}\n  does not happen any more: ", text)
        self.write("known.txt", f"{TWICE_CHARGED} thrice\n")
        self.search(*SEARCH, "--known", "known.txt", "--emit-test", "none", status=1)

    def test_places_that_are_required_must_be_reached(self):
        self.search(*FINE, "--require-sites", "effect=reply-lost")
        text = self.search(*FINE[:-1], 1, "--require-sites", "commit=*", status=1)
        self.assertRegex(text, "(?m)^FAILED  every place of 'commit=\\*' is reached\n"
                               "  never: .*full")

    def test_coverage_counts_faults_and_edges_in_a_file_or_behind_the_summary(self):
        text = self.search(*FINE, "--coverage", "-")
        self.search(*FINE, "--coverage", "c.txt")
        table = (self.folder / "c.txt").read_text()
        self.assertTrue(text.endswith(table))
        self.assertRegex(table, "\\A {13}submit +commit .*\n"
                                "asked +[1-9].*\n")
        self.assertRegex(table, "(?m)^reply-lost +[0-9]+ ")
        self.assertRegex(table, "(?m)^ +[1-9][0-9]*  task Ready -> Running by task_claimed$")

    def test_junit_has_a_case_for_everything_that_was_judged(self):
        self.search(*SEARCH, "--junit", "j.xml", "--emit-test", "none", status=1)
        suite = xml.parse(self.folder / "j.xml").getroot().find("testsuite")
        failed = [case.get("name") for case in suite.iter("testcase")
                  if case.find("failure") is not None]
        self.assertEqual(failed, ["an order is charged at most once"])
        self.assertIn("I-34", [case.get("name") for case in suite.iter("testcase")])

    def test_a_c_test_is_written_where_nobody_else_has_a_file(self):
        text = self.search(*SEARCH, status=1)
        self.assertIn("\ntest:    simulate-failure.c\n", text)
        content = (self.folder / "simulate-failure.c").read_text()
        self.assertIn("CLOACINA_WORKFLOW_DECLARE(shop);", content)
        self.search(*SEARCH, status=1)  # its own file is written again
        self.write("simulate-failure.c", "int mine;\n")
        text = self.search(*SEARCH, status=1)
        self.assertIn("\ntest:    none, 'simulate-failure.c' is there already", text)
        self.assertEqual((self.folder / "simulate-failure.c").read_text(), "int mine;\n")
        run = self.run_program("simulate", *SEARCH, "--emit-test", "simulate-failure.c")
        self.assert_refused(run, "is there already, and was not written by this command")
        self.search(*SEARCH, "--emit-test", "t.c", status=1)
        self.assertIn("t.c", os.listdir(self.folder))
        run = self.run_program("simulate", *SEARCH, "--emit-test", "no/such/t.c")
        self.assert_refused(run, "cannot write 'no/such/t.c'", status=3)

    def test_what_is_not_declared_in_c_has_no_c_test(self):
        self.build("b.so", BODIES)
        text = self.search("reads_clock", "--library", "b.so", "--twice", status=1)
        self.assertIn("\ntest:    none, it takes two runs to see it\n", text)
        self.assertNotIn("simulate-failure.c", os.listdir(self.folder))

    def test_a_plan_comes_from_a_file(self):
        self.write("plan.yaml", "name: mine\nfaults:\n"
                                "  - {fault: reply-lost, at: effect, probability: 1}\n")
        text = self.search("shop", "--faults", "plan.yaml", "--seeds", 20, status=1)
        self.assertRegex(text, r"--replay cl1:shop@[0-9a-f]{4},mine,run-1/charge/1/effect")

    def test_faults_are_listed(self):
        text = self.search("--faults", "list")
        for word in ("chaos", "reply-lost", "commit-locked", "flaky-store"):
            self.assertIn(word, text)


class Misuse(ProgramTest):
    def assert_misused(self, *arguments, message):
        with self.subTest(arguments):
            self.assert_refused(self.run_program("simulate", *arguments), message)

    def test_options_that_contradict_each_other_are_named(self):
        self.assert_misused("shop", "--pairs", message="option '--pairs' needs '--sweep'")
        self.assert_misused("shop", "--corpus-add", message="'--corpus-add' needs '--corpus'")
        self.assert_misused("shop", "--twice", "--sweep", message="not for '--sweep'")
        self.assert_misused("shop", "--sweep", "--trace", "t",
                            message="'--trace' shows one calm run")
        self.assert_misused("shop", "--json", "-", "--coverage", "-",
                            message="'--json' and '--coverage': one output takes one '-'")
        self.assert_misused("shop", "--jobs", "0", message="'0' is not from 1 to 256")
        self.assert_misused("shop", "--budget", "0s", message="'0s' is no time")
        self.assert_misused("shop", "--budget", "soon", message="'soon' is no time")
        self.assert_misused("shop", "--story", "long", message="'long' is none of short, all")
        self.assert_misused("--generate", "mixed:3", "--context", "{}",
                            message="a mixed workflow has contexts of its own")
        for option in (["--seeds", "3"], ["--runners", "2"], ["--slots", "1"], ["--seed", "1"],
                       ["--context", "{}"], ["--faults", "chaos"], ["--sweep"], ["--jobs", "2"],
                       ["--budget", "1s"], ["--corpus", "c"], ["--known", "k"], ["--trace", "t"],
                       ["--coverage", "c"]):
            self.assert_misused("--replay", TOKEN, *option,
                                message=f"option '{option[0]}' does not go with '--replay'")

    def test_a_plan_that_is_not_there_is_named(self):
        self.assert_misused("shop", "--faults", "choas", message="there is no fault plan 'choas'.*"
                                                                 "none, flaky-store, crashes")
        self.assert_misused("shop", "--faults", "./p.yaml", message="cannot open './p.yaml'")
        self.write("p.yaml", "name: p\nfaults:\n  - {fault: reply-lst, probability: 1}\n")
        self.assert_misused("shop", "--faults", "p.yaml",
                            message=r"p\.yaml:3: .*'reply-lst'; did you mean 'reply-lost'")

    def test_a_token_that_is_none_is_named(self):
        self.write("t.token", "# nothing\n")
        self.assert_misused("--replay", "nothing", message="'nothing' is neither a token")
        self.assert_misused("--replay", "t.token", message="t.token: ")
        self.assert_misused("--replay", "cl1:", message="is no workflow")
        self.assert_misused("--replay", "cl1:no_such", message="there is no workflow 'no_such'")
        self.assert_misused("--replay", "cl1:shop,colour=red", message="a setting 'colour'")
        self.assert_misused("--replay", "cl1:shop,runners=0", message="setting 'runners': '0' is")
        self.assert_misused("--replay", "cl1:shop,store=disk", message="'disk' is neither memory")
        self.assert_misused("--replay", "cl1:shop,run-1/charge/1/body@1=busy",
                            message="'busy' is nothing that happens at 'body'")
        self.assert_misused("shop_fixed", "--replay", TOKEN,
                            message="the token is about 'shop', not about 'shop_fixed'")

    def test_files_that_cannot_be_meant_are_named(self):
        os.mkdir(self.folder / "corpus")
        self.write("corpus/a.token", "cl2:shop\n")
        self.assert_misused("shop", "--corpus", "corpus", message="corpus/a.token: .*cl1:")
        self.write("corpus/a.token", "cl1:shop,colour=red\n")
        self.assert_misused("shop", "--corpus", "corpus", message="corpus/a.token: .*'colour'")
        self.assert_misused("shop", "--corpus", "none", message="cannot open the folder 'none'")
        self.assert_misused("shop", "--known", "none", message="cannot open 'none'")
        for line, message in (("I-99", "'I-99' is no finding"), ("always", "name is missing"),
                              ('always "x', "name is missing"), ('always ""', "name is missing")):
            self.write("known.txt", "\n" + line + "\n")
            self.assert_misused("shop", "--known", "known.txt", message=f"known.txt:2: .*{message}")
        self.assert_misused("shop", "--faults", "chaos", "--require-sites", "moon=*",
                            message="'moon=\\*' matches nothing that could go wrong")
        self.assert_misused("shop", "--upgrade-from", "none.so", message="'none.so'")
        self.assert_misused("--generate", "chain:2", "--upgrade-from", "x.so",
                            message="has no code to upgrade")

    def test_nothing_is_written_when_the_input_is_wrong(self):
        run = self.run_program("simulate", "shop", "--faults", "choas", "--json", "r.json",
                               "--junit", "j.xml")
        self.assertEqual(run.returncode, 2)
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_cannot_be_written_is_status_three(self):
        for option in ("--json", "--junit", "--coverage"):
            run = self.run_program("simulate", *FINE, option, "/dev/full")
            self.assertEqual(run.returncode, 3)
            self.assertRegex(run.stderr, b"cannot write '/dev/full': [^\n]+\n\\Z")


if __name__ == "__main__":
    main()
