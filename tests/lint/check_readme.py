# SPDX-License-Identifier: Apache-2.0
"""check_readme.py - every folder says in its README.md what is in it."""


def check(tree):
    folders = {path.rpartition("/")[0] for path in tree.files("")}
    for folder in sorted(folders - {""}):
        if folder.endswith("/include/cloacina"):
            continue  # public headers are their own manual
        readme = folder + "/README.md"
        if readme not in tree.paths:
            yield folder, 0, "no README.md"
        elif not tree.text(readme).startswith("# "):
            yield readme, 1, "does not start with a title"
