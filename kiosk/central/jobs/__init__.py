"""Work that takes longer than a request: imports of archives, new encodings, exports, retention."""
