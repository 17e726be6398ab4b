"""The reading engine driven without threads, sockets or a real clock."""
