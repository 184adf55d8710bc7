"""What kiosks decided: kept, filtered, watched live, exported, and told to webhooks."""
