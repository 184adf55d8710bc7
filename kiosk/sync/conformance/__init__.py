"""Whether a server keeps what docs/sync.md promises, tried out as two kiosks of one site."""
