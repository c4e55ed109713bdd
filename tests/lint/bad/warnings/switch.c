/* SPDX-License-Identifier: Apache-2.0 */
/* switch.c - a bad sample: forgets a colour. */
enum colour { RED, GREEN, BLUE };

int colour_number(enum colour colour);

int colour_number(enum colour colour)
{
    switch (colour) {
    case RED:
        return 1;
    case GREEN:
        return 2;
    }
    return 0;
}
