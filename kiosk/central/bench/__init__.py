"""How fast central is, measured from a second process, and next to a Flask app that does the same work."""
