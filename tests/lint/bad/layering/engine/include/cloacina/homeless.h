/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/homeless.h - a bad sample: a public header of no room. */
