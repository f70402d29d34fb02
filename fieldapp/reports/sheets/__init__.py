"""How the data of each document becomes blocks on pages; a file for each document."""
