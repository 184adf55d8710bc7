"""Looking at photographs, in processes of their own, so that the server never waits for a model."""
