#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh PROGRAM - three visitors get their cards from a program that has one thread.
set -eu

cards=$(printf 'Noether\nHopper\nLovelace\n' | "$1" | sort)
expected='{"card":"Welcome, Dr. Hopper","name":"Hopper","title":"Dr. Hopper"}
{"card":"Welcome, Dr. Lovelace","name":"Lovelace","title":"Dr. Lovelace"}
{"card":"Welcome, Dr. Noether","name":"Noether","title":"Dr. Noether"}'
if [ "$cards" != "$expected" ]; then
    printf 'printed\n%s\ninstead of\n%s\n' "$cards" "$expected"
    exit 1
fi
