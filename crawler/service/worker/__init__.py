"""The worker role: tasks from the queue, each crawl an ordinary Scrapy crawl."""
