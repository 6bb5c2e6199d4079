"""Orchestration: setup and teardown of sandboxes by Quali's cloudshell-orch-core, in a process of its own."""
