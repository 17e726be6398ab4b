"""What the tap is compared with. Each is a command that reads a job, a JSON file, and writes to stdout."""
