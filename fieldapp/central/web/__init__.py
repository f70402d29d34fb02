"""The centre on the network: the sync service over HTTP and the console in the browser."""
