"""Commands: open the window, demo, sync, courier, verify, doctor."""
