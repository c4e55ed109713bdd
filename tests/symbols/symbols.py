# SPDX-License-Identifier: Apache-2.0
"""symbols.py FOLDER=LIBRARY... - what the objects of our libraries ask for and give away.

Law: every effect is a parameter. So an object of the engine or the simulator may call our own
functions and the harmless part of libc (HARMLESS); it keeps no state of its own; and of what it
defines, exactly the names with cloacina_ are public. The few files whose purpose is an effect are
named in EFFECTS, with what they may use. With --reject every object must break the law: so the
bad samples show that this test can fail."""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# No effect, no locale, no state, the same answer everywhere.
HARMLESS = set(
    """
    memchr memcmp memcpy memmove memrchr memset bcmp
    strchr strcmp strcspn strlen strncmp strnlen strrchr strspn strstr stpcpy
    snprintf vsnprintf
    abort __assert_fail
    """.split()
)

# What compilers and linkers add by themselves.
TOOLCHAIN = re.compile(
    r"_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__tls_get_addr"
    r"|__(start|stop)_cloacina_\w+|__(fix|float)\w+|__\w+ti[234]$"  # linker sections, __int128
)

# The named implementation files: what each may use beyond HARMLESS. "state" allows a changing
# global; some hand out a static object that nobody writes to by a pointer that is not const.
EFFECTS = {
    "engine/base/heap.c": {"free", "realloc", "state"},
    "engine/base/random.c": {"state"},
    # Threads wait for each other here; the time is POSIX's for such waits.
    "engine/clock/gate.c": {
        *("pthread_mutex_init", "pthread_mutex_destroy", "pthread_mutex_lock"),
        *("pthread_mutex_unlock", "pthread_cond_init", "pthread_cond_destroy"),
        *("pthread_cond_signal", "pthread_cond_broadcast", "pthread_cond_wait"),
        *("pthread_cond_timedwait", "pthread_condattr_init", "pthread_condattr_setclock"),
        *("pthread_condattr_destroy", "clock_gettime"),
    },
    "engine/clock/stderr_log.c": {"write", "state"},
    "engine/clock/system.c": {"clock_gettime", "clock_nanosleep", "state"},
    # Given digits and an exponent without a decimal point, it does not depend on the locale.
    "engine/context/number.c": {"strtod"},
    # Of elements that are never equal: their order does not depend on the C library.
    "engine/dal/memory/query.c": {"qsort"},
    "engine/dal/sqlite/hint.c": {"close", "inotify_add_watch", "inotify_init1", "read"},
    # The border to libpq. Of decimal digits strtol makes the same in every locale.
    "engine/dal/postgres/connect.c": {
        *("PQclear", "PQconnectPoll", "PQconnectStartParams", "PQconsumeInput", "PQdb"),
        *("PQenterPipelineMode", "PQerrorMessage", "PQfinish", "PQflush", "PQgetResult"),
        *("PQgetvalue", "PQisBusy", "PQresultErrorField", "PQresultStatus", "PQsendPrepare"),
        *("PQsendQuery", "PQserverVersion", "PQsetErrorVerbosity", "PQsetNoticeReceiver"),
        *("PQsetnonblocking", "PQsocket", "PQstatus", "poll"),
    },
    "engine/dal/postgres/migrate.c": {"PQclear", "PQdb", "PQgetvalue", "PQntuples", "strtol"},
    "engine/dal/postgres/notify.c": {"PQbackendPID", "PQfreemem", "PQnotifies", "PQsocket"},
    "engine/dal/postgres/postgres.c": {
        *("PQconninfoFree", "PQconninfoParse", "PQfinish", "PQfreemem", "strtol"),
    },
    "engine/dal/postgres/reply.c": {
        *("PQgetisnull", "PQgetlength", "PQgetvalue", "PQntuples"),
    },
    "engine/dal/postgres/trip.c": {
        *("PQclear", "PQconsumeInput", "PQerrorMessage", "PQflush", "PQgetResult", "PQisBusy"),
        *("PQpipelineSync", "PQresultErrorField", "PQresultErrorMessage", "PQresultStatus"),
        *("PQsendQueryParams", "PQsendQueryPrepared", "PQstatus", "PQtransactionStatus"),
    },
    "engine/executor/threads.c": {
        *("pthread_attr_init", "pthread_attr_setstacksize", "pthread_attr_destroy"),
        *("pthread_create", "pthread_detach", "pthread_join", "pthread_sigmask", "sigfillset"),
        "sigdelset",
    },
    "engine/production/loop.c": {
        *("epoll_create1", "epoll_ctl", "epoll_wait", "eventfd", "read", "write", "close"),
        "__errno_location",
    },
    "engine/production/runner.c": {"getrandom", "pthread_self"},
    "engine/production/step.c": {
        *("pthread_create", "pthread_join", "pthread_self", "pthread_sigmask"),
    },
    "engine/registry/library.c": {"access", "dlclose", "dlerror", "dlopen", "dlsym"},
    # The border to libyaml.
    "simulator/oracle/plan_yaml.c": {
        *("yaml_event_delete", "yaml_parser_delete", "yaml_parser_initialize"),
        *("yaml_parser_parse", "yaml_parser_set_encoding", "yaml_parser_set_input_string"),
    },
    # A border to SQLite: it calls us, through what is registered here.
    "simulator/disk/client.c": {
        *("sqlite3_vfs_register", "sqlite3_vfs_unregister", "sqlite3_test_control"),
    },
    # One image of an empty database for all worlds of the process.
    "simulator/world/image.c": {"pthread_mutex_lock", "pthread_mutex_unlock", "state"},
    # Of plain numbers: equal ones cannot be told apart.
    "simulator/report/swimlane.c": {"qsort"},
    "simulator/search/child.c": {
        *("fork", "waitpid", "kill", "_exit", "getpid", "getppid", "prctl", "setrlimit"),
        *("mmap", "munmap", "socketpair", "send", "recv", "poll", "close", "fflush"),
        "__errno_location",
    },
    "simulator/world/coroutine.c": {"mmap", "mprotect", "munmap", "state"},
    "simulator/world/coroutine_guard.c": {
        *("mmap", "munmap", "pthread_mutex_lock", "pthread_mutex_unlock", "raise", "sigaction"),
        *("sigaltstack", "write", "__errno_location", "state"),
    },
}

# What all files of a room may use and need not: a border to a library that has no other effects.
BORDERS = {"engine/dal/sqlite/": re.compile(r"sqlite3_\w+$")}

MEMBER = re.compile(r"^(\S+\.o):\s+file format", re.MULTILINE)
SYMBOL = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\s+[0-9a-f]+ (?:\.(hidden|internal) )?(\S+)$")


class Symbol:
    def __init__(self, flags, section, visibility, name):
        self.name = name
        self.is_undefined = section == "*UND*"
        self.is_public = flags[0] in "gu!" or flags[1] == "w"
        self.is_public = self.is_public and visibility is None and not self.is_undefined
        self.is_hidden = visibility == "hidden" and not self.is_undefined
        changes = re.match(r"\.(data|bss|tdata|tbss)\b", section) or section == "*COM*"
        is_object = flags[5] != "d" and name[0] not in ".$"
        self.is_state = is_object and bool(changes) and not section.startswith(".data.rel.ro")


def read_objects(library):
    """Returns {name of the object in the library: [its symbols]}."""
    dump = subprocess.run(
        ["objdump", "--syms", library], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    parts = MEMBER.split(dump)[1:]
    return {
        os.path.basename(member): [
            Symbol(*match.groups()) for match in map(SYMBOL.match, text.splitlines()) if match
        ]
        for member, text in zip(parts[::2], parts[1::2])
    }


def sources_by_object(folder):
    """Meson names the object of base/heap.c 'base_heap.c.o'."""
    found = {}
    for where, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in names:
            path = os.path.relpath(os.path.join(where, name), os.path.join(ROOT, folder))
            found[path.replace("/", "_") + ".o"] = folder + "/" + path
    return found


def plain_name(name):
    """The function behind a libc's other spellings: __memcpy_chk, __isoc23_strtol, mmap64."""
    return re.sub(r"^(?:__)?(?:isoc\d\d_)?(\w+?)(?:_chk|64)?$", r"\1", name)


def is_border(path, name):
    return any(path.startswith(room) and names.match(name) for room, names in BORDERS.items())


def findings(path, symbols, ours, allowed):
    """What one object does against the law. What it may do and does not is too much, too."""
    used = {symbol.name for symbol in symbols if symbol.is_undefined}
    used |= {plain_name(name) for name in used} | {"state" for s in symbols if s.is_state}
    for effect in allowed - used:
        yield "is allowed '%s' and does not use it" % effect
    for symbol in symbols:
        if symbol.is_undefined:
            known = ours | HARMLESS | allowed
            if is_border(path, symbol.name):
                continue
            if not (known & {symbol.name, plain_name(symbol.name)} or TOOLCHAIN.match(symbol.name)):
                yield "uses '%s'" % symbol.name
        elif symbol.is_state and "state" not in allowed:
            yield "keeps a global that changes: '%s'" % symbol.name
        elif symbol.is_public and not symbol.name.startswith("cloacina_"):
            yield "gives away '%s'" % symbol.name
        elif symbol.is_hidden and symbol.name.startswith("cloacina_"):
            yield "'%s' sounds public and is not CLOACINA_API" % symbol.name


def main(arguments):
    reject = arguments[:1] == ["--reject"]
    libraries = [argument.split("=", 1) for argument in arguments[1 if reject else 0 :]]
    objects = {}
    for folder, library in libraries:
        names = sources_by_object(folder)
        objects.update((names.get(o, o), symbols) for o, symbols in read_objects(library).items())
    ours = {s.name for symbols in objects.values() for s in symbols if not s.is_undefined}
    guilty = set()
    for path, symbols in sorted(objects.items()):
        for text in sorted(set(findings(path, symbols, ours, EFFECTS.get(path, set())))):
            guilty.add(path)
            print("%s: %s" % (path, text))
    print("%d objects, %d against the law" % (len(objects), len(guilty)))
    if reject:
        return 0 if objects and guilty == set(objects) else 1
    return 0 if objects and not guilty else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
