/* SPDX-License-Identifier: Apache-2.0 */
/* default.c - a bad sample: a default that hides the colour somebody adds next year. */
enum colour { RED, GREEN, BLUE };

const char *colour_name(enum colour colour)
{
    switch (colour) {
    case RED:
        return "red";
    case GREEN: {
        return "green";
    }
    default:
        return "blue";
    }
}
