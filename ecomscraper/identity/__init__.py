"""Who we say we are: ourselves, or a browser where a shop's profile asks for it."""
