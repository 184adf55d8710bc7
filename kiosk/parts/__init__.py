"""The parts that run side by side: camera, vision, staff worker, and the screen loop on the main thread.

Each owns what it opens, gives frozen values to the others through slots and mailboxes, and stops when told.
"""
