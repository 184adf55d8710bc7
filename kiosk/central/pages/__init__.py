"""Pages for people who don't read APIs."""
