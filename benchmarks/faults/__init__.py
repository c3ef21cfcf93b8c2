"""What a night survives: kills at random moments, lost databases, full disks and the rest; `make faults`."""
