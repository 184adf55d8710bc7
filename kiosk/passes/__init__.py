"""QR passes: signed tokens that name a person, drawn as QR codes and read back from camera frames."""
