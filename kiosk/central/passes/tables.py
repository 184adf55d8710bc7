"""The tables of passes."""
