"""Central's end of the wire: pairing, what kiosks push, the feed that they pull, and what wakes them."""
