"""Pages of the frame that belong to no single kind of work: enrol, unlock, today, visit, cases, equipment, duty, sync, settings."""
