"""When a shop refuses to serve us without saying so by its status."""
