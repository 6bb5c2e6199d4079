"""Networking of sandboxes: VLANs on L2 providers, subnets on L3 ones, and pools."""
