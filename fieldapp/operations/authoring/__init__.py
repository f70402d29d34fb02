"""Checklists from the author's side: what is wrong with a workbook, what the program makes of it, how a filled one leaves."""
