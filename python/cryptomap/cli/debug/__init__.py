"""Events turned into the text of debug crypto isakmp and debug crypto ipsec."""
