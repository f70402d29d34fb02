"""The frame around every page: rail, top bar with the safety light, notice bar."""
