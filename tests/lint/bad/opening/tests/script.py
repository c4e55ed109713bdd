"""script.py - a bad sample: no licence."""
