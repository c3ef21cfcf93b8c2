"""What a night survives: kills at random moments, lost databases, full disks and other faults; `make faults`."""
