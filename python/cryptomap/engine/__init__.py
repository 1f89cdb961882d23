"""Data planes behind one interface in PF_KEY / XFRM terms. Knows nothing of IKE messages or of IOS text."""
