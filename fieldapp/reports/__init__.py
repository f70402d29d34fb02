"""Documents: content (plain data) -> pages (reportlab) -> signatures (pyHanko) -> verification."""
