"""A Scrapy project that turns any paginated shop into a complete, ordered dataset."""
