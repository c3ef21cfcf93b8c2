"""The subcommands of ``nightcast``, one module each."""
