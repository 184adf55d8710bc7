"""What kiosks of a site must keep to: levels, windows, retention, languages, the privacy notice."""
