"""What the machine and its operating system give: a clock, files, memory, pipes, signals."""
