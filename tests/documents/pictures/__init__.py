"""The pictures of docs/concepts.md, drawn from what the program's own code computes on the generated shop."""
