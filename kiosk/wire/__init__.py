"""What travels between kiosks and central, said once: both ends import it, and neither of them is imported here."""
