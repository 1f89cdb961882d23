"""One ISAKMP payload a file; the table that finds them by number is the registry here."""
