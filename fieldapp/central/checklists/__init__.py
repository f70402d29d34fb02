"""Checklists at the centre: forms are published in versions, inspections are planned from contracts."""
