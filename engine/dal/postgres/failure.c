/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c - SQLSTATE to code, by class where a class has one meaning.
 *
 * Source: appendix A of PostgreSQL's manual, "PostgreSQL Error Codes". */
#include "dal/postgres/failure.h"

#include <string.h>

#include "base/compiler.h"

/* The first entry that the state begins with is the one. */
static const struct {
    const char *start;
    struct failure_meaning meaning;
} meanings[] = {
    {"08", {CLOACINA_UNAVAILABLE, false, true}},     /* connection exception */
    {"0A000", {CLOACINA_UNAVAILABLE, false, true}},  /* a table was altered: prepare anew */
    {"22", {CLOACINA_INVALID, true, false}},         /* data exception */
    {"23503", {CLOACINA_UNAVAILABLE, false, false}}, /* a definition was removed just now */
    {"23505", {CLOACINA_EXISTS, true, false}},
    {"23", {CLOACINA_INVALID, true, false}},         /* a constraint */
    {"25P03", {CLOACINA_UNAVAILABLE, false, true}},  /* idle in a transaction for too long */
    {"25", {CLOACINA_UNAVAILABLE, false, false}},    /* read-only: a standby, for now */
    {"26000", {CLOACINA_UNAVAILABLE, false, true}},  /* somebody dropped what was prepared */
    {"3D000", {CLOACINA_NOT_FOUND, false, true}},    /* no such database */
    {"3F000", {CLOACINA_NOT_FOUND, false, false}},   /* no such schema */
    {"40", {CLOACINA_UNAVAILABLE, false, false}},    /* rolled back: deadlock, serialization */
    {"53100", {CLOACINA_IO, false, false}},          /* disk full */
    {"53", {CLOACINA_UNAVAILABLE, false, false}},    /* too many connections, out of memory */
    {"54", {CLOACINA_LIMIT, true, false}},           /* larger than PostgreSQL can keep */
    {"55", {CLOACINA_UNAVAILABLE, false, false}},    /* waited too long for a lock */
    {"57014", {CLOACINA_UNAVAILABLE, false, false}}, /* statement_timeout */
    {"57", {CLOACINA_UNAVAILABLE, false, true}},     /* shutting down, starting up */
    {"58", {CLOACINA_IO, false, false}},             /* the server's machine */
    {"XX", {CLOACINA_IO, false, false}},             /* damaged */
};

struct failure_meaning failure_meaning(const char *sqlstate)
{
    if (sqlstate == NULL || sqlstate[0] == '\0') {
        return (struct failure_meaning){CLOACINA_UNAVAILABLE, false, true};
    }
    for (size_t i = 0; i < ARRAY_COUNT(meanings); i++) {
        if (strncmp(sqlstate, meanings[i].start, strlen(meanings[i].start)) == 0) {
            return meanings[i].meaning;
        }
    }
    return (struct failure_meaning){CLOACINA_INVALID, false, false};
}
