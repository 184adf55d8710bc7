"""Passes: issued, printed, listed, revoked; also for people who have no face here yet."""
