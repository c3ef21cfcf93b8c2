"""What people and programs see on the terminal: data on stdout, messages on stderr."""

from flows.console.output import Console, Form, Row

__all__ = ["Console", "Form", "Row"]
