# SPDX-License-Identifier: Apache-2.0
"""judge.py - looks at a store after the storm and says everything that is not as it must be.

    end        every execution ended as shapes.py says: status, counts, tasks, context
    once       no task has two events of its completion
    history    (revision, n) without holes; one commit a revision
    replay     the events alone give the rows (I-05), in a second writing of the same rules
    leases     nothing Running; no lease but of the living
    journal    no claim was worked on twice; each completion was really worked on, by its claim
    customer   what was acknowledged is there; what the customer was told is what is stored

Law: knows the tables and the numbers of execution/rows.h, and no code of the engine."""

import collections
import json
import pathlib

from shapes import COMPLETED, FAILED, RULE, UPSTREAM_FAILED, End

TASKS = ["NotStarted", "Ready", "Running", COMPLETED, FAILED, "Skipped"]
EXECUTIONS = ["Pending", "Running", COMPLETED, FAILED, "Cancelled", "Paused"]
SKIPS = ["", UPSTREAM_FAILED, "upstream_skipped", RULE, "cancelled"]
(SUBMITTED, STARTED, W_COMPLETED, W_FAILED, W_CANCELLED, PAUSED, RESUMED, W_RESET, READY, CLAIMED,
 DEFERRED, T_RESUMED, T_COMPLETED, T_FAILED, RETRY, SKIPPED, HANDED_BACK, RECOVERED, ABANDONED,
 RESET) = range(1, 21)
NO_CLAIM = (0, 0)
FINDINGS_MAX = 40

EXECUTION_ROWS = """SELECT e.execution, {id} AS id, d.name, d.json, c.value, e.status, e.revision,
 e.commit_lease, e.commit_serial, e.started_at, e.completed_at, e.completed, e.failed, e.skipped,
 e.created_at, d.task_count FROM workflow_executions e
 JOIN workflow_definitions d ON d.definition = e.definition
 JOIN contexts c ON c.execution = e.execution"""
TASK_ROWS = """SELECT t.execution, t.task, t.status, t.sub_status, t.skip, t.code, t.attempt,
 t.recoveries, t.claim_lease, t.claim_serial, t.retry_at, t.started_at, t.completed_at, o.delta
 FROM task_executions t
 LEFT JOIN task_outputs o ON o.execution = t.execution AND o.task = t.task
 ORDER BY t.execution, t.task"""
EVENT_ROWS = "SELECT * FROM execution_events ORDER BY execution, revision, n"


class Task:
    """A row, as the events make it."""

    def __init__(self):
        self.status = self.sub_status = self.skip = self.code = self.recoveries = 0
        self.attempt = 1
        self.claim = NO_CLAIM
        self.retry_at = self.started_at = self.completed_at = 0

    def end(self, status, at):
        self.status, self.sub_status, self.claim = status, 0, NO_CLAIM
        self.retry_at, self.completed_at = 0, at

    def give_back(self, event):
        self.status, self.sub_status, self.claim = 1, 0, NO_CLAIM
        self.attempt, self.retry_at, self.started_at = event["attempt"], event["retry_at"], 0

    def apply(self, event):
        kind = event["type"]
        if kind == READY:
            self.status = 1
        elif kind == CLAIMED:
            self.status, self.sub_status, self.retry_at = 2, 1, 0
            self.claim = (event["claim_lease"], event["claim_serial"])
            self.started_at = event["at"]
        elif kind == DEFERRED:
            self.sub_status = 2
        elif kind == T_RESUMED:
            self.sub_status = 1
        elif kind == T_COMPLETED:
            self.end(3, event["at"])
        elif kind in (T_FAILED, ABANDONED):
            self.code = event["code"]
            self.end(4, event["at"])
        elif kind == SKIPPED:
            self.skip = event["skip"]
            self.end(5, event["at"])
        elif kind == RETRY:
            self.code = event["code"]
            self.give_back(event)
        elif kind == RECOVERED:
            self.recoveries += self.sub_status != 2
            self.give_back(event)
        elif kind == HANDED_BACK:
            self.give_back(event)
        elif kind == RESET:
            self.__init__()

    def as_row(self):
        return {
            "status": self.status, "sub_status": self.sub_status, "skip": self.skip,
            "code": self.code, "attempt": self.attempt, "recoveries": self.recoveries,
            "claim_lease": self.claim[0], "claim_serial": self.claim[1],
            "retry_at": self.retry_at, "started_at": self.started_at,
            "completed_at": self.completed_at,
        }


# Before the event a task has one of these statuses; the claim of one that runs is named.
FROM = {READY: (0,), CLAIMED: (1,), DEFERRED: (2,), T_RESUMED: (2,), T_COMPLETED: (2,),
        T_FAILED: (2,), RETRY: (2,), SKIPPED: (0, 1, 2), HANDED_BACK: (2,), RECOVERED: (2,),
        ABANDONED: (2,), RESET: (3, 4, 5)}
HOLDERS = (DEFERRED, T_RESUMED, T_COMPLETED, T_FAILED, RETRY, HANDED_BACK, RECOVERED, ABANDONED)


class Judge:
    def __init__(self, store):
        self.findings = []
        self.figures = collections.Counter()
        self.executions = {row["execution"]: row for row in store.rows(EXECUTION_ROWS)}
        self.tasks = collections.defaultdict(list)
        self.events = collections.defaultdict(list)
        for row in store.rows(TASK_ROWS):
            self.tasks[row["execution"]].append(row)
        for row in store.rows(EVENT_ROWS):
            self.events[row["execution"]].append(row)
        self.leases = store.rows("SELECT lease, name FROM runner_leases")

    def find(self, execution, law, text):
        row = self.executions.get(execution)
        where = "%s of '%s': " % (row["id"], row["name"]) if row else ""
        self.findings.append("%s: %s%s" % (law, where, text))

    def same(self, execution, law, what, is_value, must):
        if is_value != must:
            self.find(execution, law, "%s is %r, not %r" % (what, is_value, must))

    def judge(self, journal=None, told=None, living=()):
        for execution in set(self.tasks) - set(self.executions):
            self.find(None, "history", "tasks of an execution %s that is not there" % execution)
        for execution, row in self.executions.items():
            names = [task["name"] for task in json.loads(row["json"])["tasks"]]
            self.same(execution, "history", "the number of task rows", len(self.tasks[execution]),
                      len(names))
            if len(self.tasks[execution]) == len(names):
                self.judge_history(execution)
                self.judge_replay(execution)
                self.judge_end(execution, names)
        self.judge_leases(living)
        if journal is not None:
            self.judge_journal(pathlib.Path(journal))
        if told is not None:
            self.judge_customer(told)
        return self.findings[:FINDINGS_MAX]

    def judge_history(self, execution):
        row, wanted = self.executions[execution], (1, 0)
        for event in self.events[execution]:
            place = (event["revision"], event["n"])
            if place not in (wanted, (wanted[0] + 1, 0)):
                self.find(execution, "history", "after %s comes %s" % (wanted, place))
            wanted = (place[0], place[1] + 1)
            commit = (event["commit_lease"], event["commit_serial"])
            self.same(execution, "history", "the commit of %s" % (place,), commit == (None, None),
                      event["n"] > 0)
            if event["n"] == 0:
                last = commit
        if not self.events[execution]:
            self.find(execution, "history", "there are no events")
            return
        self.same(execution, "history", "the revision of the row", row["revision"], wanted[0])
        self.same(execution, "history", "the commit of the row",
                  (row["commit_lease"], row["commit_serial"]), last)

    def judge_replay(self, execution):
        row = self.executions[execution]
        tasks = [Task() for _ in self.tasks[execution]]
        status, started, completed, completions = 0, 0, 0, collections.Counter()
        for event in self.events[execution]:
            kind, at = event["type"], event["at"]
            self.figures[kind] += 1
            if event["task"] is not None:
                self.replay_task(execution, tasks[event["task"]], event)
                completions[event["task"]] += kind == T_COMPLETED
            elif kind == STARTED:
                status, started = 1, started or at
            elif kind in (W_COMPLETED, W_FAILED, W_CANCELLED):
                status = {W_COMPLETED: 2, W_FAILED: 3, W_CANCELLED: 4}[kind]
                self.same(execution, "replay", "the end before this end", completed, 0)
                completed = at
        for name, value in (("status", status), ("started_at", started),
                            ("completed_at", completed),
                            ("created_at", self.events[execution][0]["at"]
                             if self.events[execution] else 0),
                            ("completed", sum(task.status == 3 for task in tasks)),
                            ("failed", sum(task.status == 4 for task in tasks)),
                            ("skipped", sum(task.status == 5 for task in tasks))):
            self.same(execution, "replay", name, row[name], value)
        for number, (task, stored) in enumerate(zip(tasks, self.tasks[execution])):
            for name, value in task.as_row().items():
                self.same(execution, "replay", "%s of task %d" % (name, number), stored[name],
                          value)
        for task, count in completions.items():
            if count > 1:
                self.find(execution, "once", "task %d was completed %d times" % (task, count))
        self.figures["recoveries_max"] = max(self.figures["recoveries_max"],
                                             *(task.recoveries for task in tasks))

    def replay_task(self, execution, task, event):
        place = "%d.%d" % (event["revision"], event["n"])
        if task.status not in FROM[event["type"]]:
            self.find(execution, "replay", "event %s (type %d) finds task %d %s"
                      % (place, event["type"], event["task"], TASKS[task.status]))
        if event["type"] in HOLDERS:
            self.same(execution, "replay", "the claim that event %s names" % place,
                      (event["claim_lease"], event["claim_serial"]), task.claim)
        task.apply(event)

    def judge_end(self, execution, names):
        row = self.executions[execution]
        context = json.loads(row["value"])
        end = End(row["name"], context)
        self.same(execution, "end", "the status", EXECUTIONS[row["status"]], end.status)
        self.same(execution, "end", "the set of tasks", set(names), set(end.tasks))
        for count, fates in (("completed", [COMPLETED]), ("failed", [FAILED]),
                             ("skipped", [UPSTREAM_FAILED, RULE])):
            self.same(execution, "end", "the count " + count, row[count], end.count(*fates))
        for name, task in zip(names, self.tasks[execution]):
            fate = SKIPS[task["skip"]] or TASKS[task["status"]]
            self.same(execution, "end", "task '%s'" % name, fate, end.fate(name))
            context.update({path[1:]: value
                            for path, value in json.loads(task["delta"] or "{}").items()})
        self.same(execution, "end", "the context", context, end.context)

    def judge_leases(self, living):
        names = [lease["name"] for lease in self.leases]
        for name in names:
            if name not in living:
                self.findings.append("leases: that of '%s' is open" % name)

    def judge_journal(self, folder):
        lines = collections.Counter()
        for file in folder.iterdir():
            for line in file.read_text(encoding="utf-8").splitlines():
                key, attempt, token = line.rsplit(" ", 2)
                lines[(key.replace("-", ""), int(attempt), token)] += 1
        for line, count in lines.items():
            if count > 1:
                self.findings.append("journal: %s was done %d times" % (line, count))
        for execution, row in self.executions.items():
            names = [task["name"] for task in json.loads(row["json"])["tasks"]]
            for event in self.events[execution]:
                if event["type"] == T_COMPLETED:
                    key = "%s:%s" % (row["id"], names[event["task"]])
                    token = "%d.%d" % (event["claim_lease"], event["claim_serial"])
                    if (key, event["attempt"], token) not in lines:
                        self.find(execution, "journal", "nobody worked on '%s' as %s"
                                  % (names[event["task"]], token))
        self.figures["deeds"] = sum(lines.values())

    def judge_customer(self, told):
        stored = {row["id"]: execution for execution, row in self.executions.items()}
        for message in told:
            identity = message.get("submitted") or message.get("ended")
            if identity is None:
                continue
            execution = stored.get(identity.replace("-", ""))
            if execution is None:
                self.findings.append("customer: %s was told, and is lost" % message)
            elif "ended" in message:
                row = self.executions[execution]
                end = End(row["name"], json.loads(row["value"]))
                self.same(execution, "customer", "the status told", message["status"], end.status)
                self.same(execution, "customer", "the context told", message["context"],
                          end.context)
            else:
                row = self.executions[execution]
                self.same(execution, "customer", "the workflow", row["name"], message["workflow"])
                self.same(execution, "customer", "the number", json.loads(row["value"])["number"],
                          message["number"])
