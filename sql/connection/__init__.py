"""Connections: their URLs and passwords, the server's clock, and what a server refuses."""
