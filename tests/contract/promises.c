/* SPDX-License-Identifier: Apache-2.0 */
/* promises.c - `promises memory|sqlite|postgres`: every promise of dal.h, call by call.
 *
 * Law: no test here knows more of a store than dal.h says. */
#include "court.h"

int main(int argc, char **argv)
{
    court_kind = subject_kind_of(argc, argv);
    return promises_of_commit() + promises_of_content() + promises_of_poll() + promises_of_lease() +
           promises_of_history() + promises_of_list() + promises_of_hint() + promises_of_size() +
           promises_of_memory();
}
