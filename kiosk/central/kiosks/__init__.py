"""The kiosks of the fleet, and what is rolled out to which of them."""
