"""Conflicts: the values that did not come to stand, and what a person types to settle one."""
