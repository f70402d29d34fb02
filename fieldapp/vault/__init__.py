"""The device's secrets: one random secret in the keyring or a passphrase file, the keys made from it, the PIN, the certificate."""
