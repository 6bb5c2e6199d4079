"""HeavenlyCloud as a cloud provider: all that is about this cloud, and what the author of another shell replaces.

`cloud.py` is the interface that operations call, `heavenly.py` implements it.
"""
