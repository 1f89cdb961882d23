"""What cuts across exchanges: NAT traversal, vendor ids and their like."""
