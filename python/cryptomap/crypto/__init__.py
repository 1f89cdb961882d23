"""Algorithms as rows, and the key derivations of IKEv1 on top of well-kept libraries.

Pure functions over octets; randomness is passed in, nothing is kept."""
