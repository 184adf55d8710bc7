"""The demonstration: a story on real, public-domain photographs, played through the kiosk's own parts."""
