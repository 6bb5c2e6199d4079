"""Setup and teardown: Quali's own cloudshell-orch-core, run in an environment and a process of its own."""
