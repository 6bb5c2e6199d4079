"""A CloudShell for one machine, for any cloud-provider shell. It knows shells only as installed packages.

So far: the automation API that drivers call, the contexts and requests that drivers get, and a place to run them.
"""
