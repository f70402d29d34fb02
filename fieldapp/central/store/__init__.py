"""Where the centre keeps what it knows: tables, engine, and the books of one transaction."""
