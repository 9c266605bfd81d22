"""A Scrapy project that turns any paginated shop into a complete, ordered dataset."""

__version__ = "0.1.0"
