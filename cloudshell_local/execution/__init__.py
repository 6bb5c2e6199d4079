"""The execution server: an environment a driver, a process a resource, a queue with slots, commands that can be stopped."""
