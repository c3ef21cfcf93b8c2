"""The views for programs that answer questions, by the Model Context Protocol."""
