"""Simulated shops in virtual time, to measure the throttle against others: `python -m ecomscraper.laboratory`."""
