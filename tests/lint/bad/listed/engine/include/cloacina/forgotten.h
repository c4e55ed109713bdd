/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/forgotten.h - a bad sample: nobody installs it. */
