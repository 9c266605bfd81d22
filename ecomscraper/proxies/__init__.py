"""Through which address a request goes out, and which one is left alone for a while."""
