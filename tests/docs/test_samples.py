# SPDX-License-Identifier: Apache-2.0
"""test_samples.py BUILD - samples.py rejects each page in bad/, and accepts one that is true."""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GOOD = """# A page that is true

```c two.c
int main(void) { return 2; }
```

```console
$ cc two.c -o two
$ ./two # exit status 2
$ printf 'one\\ntwo\\nthree 3\\n'
one
...
three ...
```

```console not-run
$ rm -rf /everything
```
"""


def is_accepted(build, *pages):
    command = [sys.executable, HERE / "samples.py", "--build", build, *pages]
    return subprocess.run(command, check=False).returncode == 0


def main(build):
    wrong = [page.name for page in sorted((HERE / "bad").glob("*.md")) if is_accepted(build, page)]
    with tempfile.TemporaryDirectory() as folder:
        good = pathlib.Path(folder) / "good.md"
        good.write_text(GOOD, encoding="utf-8")
        if not is_accepted(build, good):
            wrong.append("good.md")
    print("judged wrongly:", ", ".join(wrong) if wrong else "no page")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
