"""robots.txt: what it allows and how fast (`rules`), and the middleware that keeps to it."""
