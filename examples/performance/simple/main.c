/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - measures the workflow of simple.c. */
#include "../shapes.h"

int main(int argc, char **argv)
{
    return performance_main(&shape_simple, argc, argv);
}
