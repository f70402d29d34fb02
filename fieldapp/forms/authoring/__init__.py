"""For authors of checklists: what is wrong with a workbook and where, and what is shown differently."""
