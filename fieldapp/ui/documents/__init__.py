"""Reports on screen: the list with the check of files, the pages with their state, and the customer's sign-off."""
