/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - prints what the engine says to each mistake. */
#include "failures.h"

#include <stdio.h>

int main(void)
{
    for (unsigned i = 0; i < failure_count; i++) {
        struct cloacina_error err;
        if (failures[i].provoke(&err) == CLOACINA_OK) {
            printf("%s: nobody noticed\n", failures[i].mistake);
            return 1;
        }
        printf("%s:\n    %s\n", failures[i].mistake, err.message);
    }
    return 0;
}
