# SPDX-License-Identifier: Apache-2.0
"""check_switch.py - a switch over an enum has no default, so that the compiler can complain.

A switch whose labels are all constants in capitals counts as one over an enum; ENOENT and its like
are numbers of errno."""

import re

from tree import line_of

SWITCH = re.compile(r"\bswitch\s*\(")
CONSTANT = re.compile(r"(?!E[A-Z0-9]+$)[A-Z][A-Z0-9_]+")
LABEL = re.compile(r"\bcase\s+([^:]+):|\b(default)\s*:")


def check(tree):
    for path in tree.files(".c", ".h"):
        code = tree.code(path)
        for switch in SWITCH.finditer(code):
            labels = list(LABEL.finditer(own_block(code, switch.end())))
            cases = [label.group(1).strip() for label in labels if label.group(1)]
            has_default = any(label.group(2) for label in labels)
            if has_default and all(map(CONSTANT.fullmatch, cases)):
                yield path, line_of(code, switch.start()), "default in a switch over an enum"


def own_block(code, start):
    """The text of the first { } after start, without the blocks of switches inside it."""
    depth, kept, inner = 0, [], None
    for position in range(code.index("{", start), len(code)):
        character = code[position]
        if inner is None and SWITCH.match(code, position):
            inner = depth
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            inner = None if inner is not None and depth == inner else inner
        if inner is None:
            kept.append(character)
        if depth == 0:
            break
    return "".join(kept)
