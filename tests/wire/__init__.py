<<<<<<< HEAD
"""Tests of what travels."""
=======
"""Tests."""
>>>>>>> s-engine
