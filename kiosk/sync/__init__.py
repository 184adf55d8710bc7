"""How a kiosk and central agree: the engine that decides what to do when, and the client that speaks HTTP."""
