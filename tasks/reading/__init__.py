"""What the step `read` works with: usable rows, and their codes."""
