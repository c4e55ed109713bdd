/* SPDX-License-Identifier: Apache-2.0 */
/* control.h - a connection of the tests' own to the PostgreSQL server: what no store may ask.
 *
 * Without libpq every call fails the test, but none is made: the store is not to be had then. */
#ifndef TESTS_CONTRACT_CONTROL_H
#define TESTS_CONTRACT_CONTROL_H

#include <stdbool.h>

struct control;

/* Fails the test when nobody answers. */
struct control *control_open(const char *url);
void control_close(struct control *control); /* NULL is legal */

/* Runs statements whose answer nobody needs; fails the test when they do not work. */
void control_run(struct control *control, const char *statements);

/* Does the session with this application_name wait for a lock? False too when there is none. */
bool control_is_waiting(struct control *control, const char *application);

/* Was this program built with libpq? */
bool control_is_possible(void);

#endif
