"""The other ways to do the job, one file each, as people write them; `scrapy compare` runs them side by side."""
