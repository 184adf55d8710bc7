"""Central: the server that admins run the fleet from. The way in is `kiosk.central.app.create_app`."""
