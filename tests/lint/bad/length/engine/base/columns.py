# SPDX-License-Identifier: Apache-2.0
"""columns.py - a bad sample: too long, too long, too long, too long, too long, too long, too long, too long, too long, too long, too long, too long, ."""
