"""The registry of models: versions with their cards, curves and the log of what was in production when."""
