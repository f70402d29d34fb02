"""Parts of the sync page that stand by themselves: the end of the day in words, files of a courier."""
