"""What a planned change looks like: gathered from the replica, told as frozen views; the verbs stand in `upgrades`."""
