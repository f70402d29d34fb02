"""The screens of inspections: their list, the checklist with its question cards and editors."""
