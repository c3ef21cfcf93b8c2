"""What is read as it stands, and may be meant otherwise: pointed out in notes."""
