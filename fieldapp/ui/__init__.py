"""Screens: Qt lives here and nowhere else; this room knows operations and base only."""
