"""How blocks are drawn: fonts and colours, text into lines, charts, flowables, and what makes the file a PDF/A."""
