"""One file for each version of the tables; a shipped one is never edited."""
