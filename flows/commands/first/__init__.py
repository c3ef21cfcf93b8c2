"""Commands that a newcomer needs first, beside `demo` and `load`."""
