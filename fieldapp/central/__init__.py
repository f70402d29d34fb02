"""The central service: store, sync contract, scopes, accounts and certificates, stamping, console, web (extra `central`)."""
