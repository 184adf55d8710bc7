"""Threads, time and the letter boxes between threads: the only room that starts threads or reads a clock."""
