"""Central and kiosks as separate processes: what the proofs of sync are made with."""
