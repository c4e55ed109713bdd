# SPDX-License-Identifier: Apache-2.0
"""shapes.py - how each workflow of workflows.c must end, computed from its number alone.

Law: nothing here is read from a store. A task is (the keys its value is made of, its fate); its
value is 1 + their sum. What was skipped or failed has none."""

COMPLETED, FAILED = "Completed", "Failed"
UPSTREAM_FAILED, RULE = "upstream_failed", "rule"


def sums(**tasks):
    """Tasks that complete."""
    return {name: (keys, COMPLETED) for name, keys in tasks.items()}


PARTS = ["part_%d" % part for part in range(1, 9)]

ALWAYS = {
    "chaos_one": sums(only=["number"]),
    "chaos_chain": sums(first=["number"], second=["first"], third=["second"], fourth=["third"]),
    "chaos_diamond": sums(top=["number"], left=["top"], right=["top"], bottom=["left", "right"]),
    "chaos_fan": {
        **sums(spread=["number"], join=PARTS),
        **{part: (["spread"], COMPLETED) for part in PARTS},
    },
    "chaos_flaky": sums(shaky=["number"], after=["shaky"]),
    "chaos_doomed": {
        **sums(beside=["number"]),
        "bad": (["number"], FAILED),
        "never": (["bad"], UPSTREAM_FAILED),
    },
    "chaos_rules": {
        **sums(gate=["number"], rescue=["gate"], last=["gate", "rescue"]),
        "broken": (["gate"], FAILED),
    },
}

FAILED_ATTEMPTS = {"shaky": 1, "bad": 2, "broken": 1}


class End:
    """What must come out: fates by task, and the context."""

    def __init__(self, workflow, context):
        self.tasks = dict(ALWAYS[workflow])
        if workflow == "chaos_rules":
            self.tasks["if_even"] = (["gate"], COMPLETED if context["even"] else RULE)
            self.tasks["if_odd"] = (["gate"], RULE if context["even"] else COMPLETED)
        self.context = dict(context)
        waiting = [name for name, (_, fate) in self.tasks.items() if fate == COMPLETED]
        while waiting:
            name = waiting.pop(0)
            keys = self.tasks[name][0]
            if all(key in self.context for key in keys):
                self.context[name] = 1 + sum(self.context[key] for key in keys)
            else:
                waiting.append(name)

    def fate(self, task):
        return self.tasks[task][1]

    @property
    def status(self):
        return FAILED if any(fate == FAILED for _, fate in self.tasks.values()) else COMPLETED

    def count(self, *fates):
        return sum(fate in fates for _, fate in self.tasks.values())
