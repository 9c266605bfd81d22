BEGIN TRANSACTION;
CREATE TABLE answers (
	crawl_id INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	method TEXT NOT NULL, 
	repeatable BOOLEAN, 
	seconds FLOAT, 
	content_type TEXT, 
	json JSON, 
	text TEXT, 
	PRIMARY KEY (crawl_id, position), 
	FOREIGN KEY(crawl_id, position) REFERENCES pages (crawl_id, position) ON DELETE CASCADE
)
 WITHOUT ROWID

;
CREATE TABLE crawls (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	site TEXT NOT NULL, 
	spider TEXT NOT NULL, 
	status TEXT NOT NULL, 
	started_at VARCHAR(24) NOT NULL, 
	ended_at VARCHAR(24), 
	arguments JSON NOT NULL, 
	profile JSON NOT NULL, 
	outputs JSON NOT NULL, 
	hosts JSON NOT NULL, 
	pid INTEGER NOT NULL, 
	version TEXT NOT NULL, 
	exit_code INTEGER, 
	verdict JSON, 
	CONSTRAINT crawls_status CHECK (status IN ('running', 'finished', 'stopped', 'broken'))
);
INSERT INTO "crawls" VALUES(1,'demo','products','finished','2026-11-21T05:47:30.260Z','2026-11-21T05:47:30.853Z','{"site": "demo"}','{"name": "demo", "description": "The embedded demo shop: runs on this machine, needs no network", "start": "http://demo.localhost/ecommerce/", "platform": "woocommerce", "title": null, "currency": null, "pagination": {"strategy": "numbered", "page_size": 16, "page_url": "page/{page}/", "last_page": null, "pager": "nav.woocommerce-pagination", "next": "a[rel~=\"next\"], link[rel~=\"next\"], a.next, .next > a, .pagination-next a", "most_pages": 10000, "sitemap_urls": null, "product_urls": null}, "starts": [], "menu": null, "listing": {"card": "ul.products > li.product"}, "api": {"products": "", "html": null, "total": null, "pages": null, "next": null, "product_url": null, "minor_unit": null, "product": {"url": [], "name": [], "price": [], "regular_price": [], "currency": [], "availability": [], "sku": [], "brand": [], "gtin": [], "image_url": [], "rating": [], "review_count": [], "description": []}}, "product": {"url": [], "name": [], "price": [], "regular_price": [], "currency": [], "availability": [], "sku": [], "brand": [], "gtin": [], "image_url": [], "rating": [], "review_count": [], "description": []}, "limits": {"concurrency": 16, "delay_seconds": 0.0, "timeout_seconds": 30.0, "throttle": "fixed", "connect_timeout_seconds": null, "read_timeout_seconds": null, "random_extra_seconds": null, "pause_after_requests": null, "pause_seconds": null}, "retry": {"times": null, "base_seconds": null, "cap_seconds": null, "also_statuses": null}, "hosts": [], "headers": {}, "cookies": {}, "blocks": {"selector": null, "text": null}, "identity": {"browser": null, "keep_cookies": false}, "first_request": {"url": null, "form": {}}, "proxies": {"list": null, "sticky": null, "each_concurrency": null, "each_delay_seconds": null}, "robots": {"reason": null, "obey": true}, "expectations": {"total": "p.woocommerce-result-count", "total_pattern": null}}','[]','["demo.localhost"]',9124,'0.1.0',0,'{"exit_code": 0, "summary": "products demo: complete: 2 of 2 pages stored; 0 failed; the shop says 20 products, 20 seen; 0.4 s, 4.5 pages/s; crawl 1 in data/ecomscraper.sqlite3", "crawl_id": 1, "spider": "products", "site": "demo", "hosts": ["demo.localhost"], "database": "data/ecomscraper.sqlite3", "stored": 2, "pending": 0, "failed": {}, "items": 20, "invalid": 0, "seconds": 0.4407889920003072, "finish_reason": "finished", "whole_listing": true, "stored_before": 0, "declared_total": 20, "smallest_total": 20, "cards": 20, "listings": [], "endings": {}, "same_pages": 0, "repeated_pages": 0, "listed_again": 0, "retried": 0, "refused": 0, "storage_error": null, "feeds": []}');
CREATE TABLE ecomscraper_schema (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "ecomscraper_schema" VALUES(2);
CREATE TABLE pages (
	crawl_id INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	kind TEXT DEFAULT 'listing' NOT NULL, 
	listing BIGINT, 
	page INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	status TEXT DEFAULT 'pending' NOT NULL, 
	reason TEXT, 
	detail TEXT, 
	due_at VARCHAR(24), 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	refusals INTEGER DEFAULT 0 NOT NULL, 
	http_status INTEGER, 
	final_url TEXT, 
	same_as BIGINT, 
	fetched_at VARCHAR(24), 
	size_bytes INTEGER, 
	declared_total INTEGER, 
	last_page INTEGER, 
	cards INTEGER, 
	fingerprint TEXT, 
	items INTEGER, 
	invalid INTEGER, 
	PRIMARY KEY (crawl_id, position), 
	CONSTRAINT pages_status CHECK (status IN ('pending', 'stored', 'failed')), 
	CONSTRAINT pages_reason CHECK (status <> 'failed' OR reason IS NOT NULL), 
	FOREIGN KEY(crawl_id) REFERENCES crawls (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "pages" VALUES(1,1,'listing',NULL,1,'http://demo.localhost/ecommerce/','stored',NULL,NULL,NULL,1,0,200,'http://demo.localhost/ecommerce/',NULL,'2026-11-21T05:47:30.831Z',11463,20,2,16,'72b10cbb8c6a96d61fe4bd28110084c6',16,0);
INSERT INTO "pages" VALUES(1,2,'listing',NULL,2,'http://demo.localhost/ecommerce/page/2/','stored',NULL,NULL,NULL,1,0,200,'http://demo.localhost/ecommerce/page/2/',NULL,'2026-11-21T05:47:30.842Z',4691,20,2,4,'fb9111ee08346d1630e0edb76149f1b7',4,0);
CREATE TABLE products (
	crawl_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	source_position BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	price FLOAT, 
	regular_price FLOAT, 
	currency VARCHAR(3), 
	availability TEXT, 
	sku TEXT, 
	brand TEXT, 
	gtin TEXT, 
	image_url TEXT, 
	rating FLOAT, 
	review_count INTEGER, 
	description TEXT, 
	url TEXT, 
	fetched_at VARCHAR(24) NOT NULL, 
	source JSON NOT NULL, 
	PRIMARY KEY (crawl_id, "key"), 
	FOREIGN KEY(crawl_id) REFERENCES crawls (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/amber-alpaca-jacket-4/',1,'Amber Alpaca® Jacket',43.47,43.47,'USD','InStock','DS-00004',NULL,NULL,'http://demo.localhost/images/4.jpg',NULL,NULL,NULL,'http://demo.localhost/product/amber-alpaca-jacket-4/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/arctic-cork-bottle-17/',2,'Arctic Cork Bottle',156.32,156.32,'USD','InStock','DS-00017',NULL,NULL,'http://demo.localhost/images/17.jpg',NULL,NULL,NULL,'http://demo.localhost/product/arctic-cork-bottle-17/','2026-11-21T05:47:30.842Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/bright-chambray-parka-9/',1,'Bright Chambray Parka',132.58,132.58,'USD','InStock','DS-00009',NULL,NULL,'http://demo.localhost/images/9.jpg',NULL,NULL,NULL,'http://demo.localhost/product/bright-chambray-parka-9/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/coastal-cashmere-apron-1/',1,'Coastal Cashmere Apron',51.09,51.09,'USD','InStock','DS-00001',NULL,NULL,'http://demo.localhost/images/1.jpg',NULL,NULL,NULL,'http://demo.localhost/product/coastal-cashmere-apron-1/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/copper-denim-sandal-14/',1,'Copper Denim Men’s Sandal',36.06,48.09,'USD','InStock','DS-00014',NULL,NULL,'http://demo.localhost/images/14.jpg',NULL,NULL,NULL,'http://demo.localhost/product/copper-denim-sandal-14/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/dawn-cotton-blanket-6/',1,'Dawn Cotton Men’s Blanket',1102.03,1102.03,'USD','InStock','DS-00006',NULL,NULL,'http://demo.localhost/images/6.jpg',NULL,NULL,NULL,'http://demo.localhost/product/dawn-cotton-blanket-6/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/dusky-hemp-skirt-19/',2,'Dusky Hemp Skirt',186.16,186.16,'USD','InStock','DS-00019',NULL,NULL,'http://demo.localhost/images/19.jpg',NULL,NULL,NULL,'http://demo.localhost/product/dusky-hemp-skirt-19/','2026-11-21T05:47:30.842Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/evening-fleece-cardigan-11/',1,'Evening Fleece Cardigan',167.64,167.64,'USD','InStock','DS-00011',NULL,NULL,'http://demo.localhost/images/11.jpg',NULL,NULL,NULL,'http://demo.localhost/product/evening-fleece-cardigan-11/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/forest-felt-polo-3/',1,'Forest Felt Polo',59.47,59.47,'USD','InStock','DS-00003',NULL,NULL,'http://demo.localhost/images/3.jpg',NULL,NULL,NULL,'http://demo.localhost/product/forest-felt-polo-3/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/gentle-linen-duffel-16/',1,'Gentle Linen Duffel',197.53,197.53,'USD','InStock','DS-00016',NULL,NULL,'http://demo.localhost/images/16.jpg',NULL,NULL,NULL,'http://demo.localhost/product/gentle-linen-duffel-16/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/harbour-jersey-scarf-8/',1,'Harbour Jersey Scarf',109.58,109.58,'USD','InStock','DS-00008',NULL,NULL,'http://demo.localhost/images/8.jpg',NULL,NULL,NULL,'http://demo.localhost/product/harbour-jersey-scarf-8/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/ivory-mesh-tote-13/',1,'Ivory Mesh Tote',23.18,23.18,'USD','InStock','DS-00013',NULL,NULL,'http://demo.localhost/images/13.jpg',NULL,NULL,NULL,'http://demo.localhost/product/ivory-mesh-tote-13/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/meadow-merino-coat-5/',1,'Meadow Merino Coat',4.78,6.38,'USD','InStock','DS-00005',NULL,NULL,'http://demo.localhost/images/5.jpg',NULL,NULL,NULL,'http://demo.localhost/product/meadow-merino-coat-5/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/midnight-tweed-backpack-18/',2,'Midnight™ Tweed Backpack',15.39,15.39,'USD','OutOfStock','DS-00018',NULL,NULL,'http://demo.localhost/images/18.jpg',NULL,NULL,NULL,'http://demo.localhost/product/midnight-tweed-backpack-18/','2026-11-21T05:47:30.842Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/northern-silk-hammock-10/',1,'Northern™ Silk Hammock',55.37,55.37,'USD','InStock','DS-00010',NULL,NULL,'http://demo.localhost/images/10.jpg',NULL,NULL,NULL,'http://demo.localhost/product/northern-silk-hammock-10/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/quiet-nylon-short-2/',1,'Quiet™ Nylon Short',101.6,101.6,'USD','InStock','DS-00002',NULL,NULL,'http://demo.localhost/images/2.jpg',NULL,NULL,NULL,'http://demo.localhost/product/quiet-nylon-short-2/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/rapid-wool-legging-15/',1,'Rapid Wool Legging',190.56,190.56,'USD','InStock','DS-00015',NULL,NULL,'http://demo.localhost/images/15.jpg',NULL,NULL,NULL,'http://demo.localhost/product/rapid-wool-legging-15/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/saffron-tweed-vest-7/',1,'Saffron Tweed Vest',19.53,19.53,'USD','OutOfStock','DS-00007',NULL,NULL,'http://demo.localhost/images/7.jpg',NULL,NULL,NULL,'http://demo.localhost/product/saffron-tweed-vest-7/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/solar-cashmere-poncho-20/',2,'Solar Cashmere® Poncho',112.31,112.31,'USD','InStock','DS-00020',NULL,NULL,'http://demo.localhost/images/20.jpg',NULL,NULL,NULL,'http://demo.localhost/product/solar-cashmere-poncho-20/','2026-11-21T05:47:30.842Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
INSERT INTO "products" VALUES(1,'http://demo.localhost/product/urban-canvas-beanie-12/',1,'Urban Canvas® Beanie',106.21,106.21,'USD','InStock','DS-00012',NULL,NULL,'http://demo.localhost/images/12.jpg',NULL,NULL,NULL,'http://demo.localhost/product/urban-canvas-beanie-12/','2026-11-21T05:47:30.831Z','{"url": "card", "name": "card", "price": "card", "regular_price": "card", "currency": "card", "availability": "card", "sku": "card", "image_url": "card"}');
CREATE TABLE sightings (
	crawl_id INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	place INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	card TEXT, 
	PRIMARY KEY (crawl_id, position, place), 
	FOREIGN KEY(crawl_id, position) REFERENCES pages (crawl_id, position) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "sightings" VALUES(1,1,1,'http://demo.localhost/product/coastal-cashmere-apron-1/','a0432d037dd69aac5c9f00bd8f861630');
INSERT INTO "sightings" VALUES(1,1,2,'http://demo.localhost/product/quiet-nylon-short-2/','6acf86755d3672734c66b42f5572eedc');
INSERT INTO "sightings" VALUES(1,1,3,'http://demo.localhost/product/forest-felt-polo-3/','4b6e20a2ed7c6b445dce50d7b1d6d61a');
INSERT INTO "sightings" VALUES(1,1,4,'http://demo.localhost/product/amber-alpaca-jacket-4/','b76af74e509ee52f2cbe623c9b1d34f2');
INSERT INTO "sightings" VALUES(1,1,5,'http://demo.localhost/product/meadow-merino-coat-5/','978d2b3b2483b1c83f303cef7154b33c');
INSERT INTO "sightings" VALUES(1,1,6,'http://demo.localhost/product/dawn-cotton-blanket-6/','989eea1b804a4cd81a0badd93450b37b');
INSERT INTO "sightings" VALUES(1,1,7,'http://demo.localhost/product/saffron-tweed-vest-7/','522b1c33d61cbb6e45896422e17985a5');
INSERT INTO "sightings" VALUES(1,1,8,'http://demo.localhost/product/harbour-jersey-scarf-8/','fb12b197bb04c5de3add45469437e13c');
INSERT INTO "sightings" VALUES(1,1,9,'http://demo.localhost/product/bright-chambray-parka-9/','65d20ed046a650c3e159e1ef63f677b8');
INSERT INTO "sightings" VALUES(1,1,10,'http://demo.localhost/product/northern-silk-hammock-10/','e857a7df0732f4b15a948e07ca5a23ae');
INSERT INTO "sightings" VALUES(1,1,11,'http://demo.localhost/product/evening-fleece-cardigan-11/','ef8049c1d1117d502b421024b2b2cf36');
INSERT INTO "sightings" VALUES(1,1,12,'http://demo.localhost/product/urban-canvas-beanie-12/','8f0a0592ea95056f032bed21cee09b06');
INSERT INTO "sightings" VALUES(1,1,13,'http://demo.localhost/product/ivory-mesh-tote-13/','eab1fa54de90ebf71be271ceeac8a8de');
INSERT INTO "sightings" VALUES(1,1,14,'http://demo.localhost/product/copper-denim-sandal-14/','23742a232f46597f53ae51a87e8a44cc');
INSERT INTO "sightings" VALUES(1,1,15,'http://demo.localhost/product/rapid-wool-legging-15/','4f0897952d5625943f478f77a099a7f9');
INSERT INTO "sightings" VALUES(1,1,16,'http://demo.localhost/product/gentle-linen-duffel-16/','79e1c0ff5ffd43afa0329bafa7de2315');
INSERT INTO "sightings" VALUES(1,2,1,'http://demo.localhost/product/arctic-cork-bottle-17/','940aff7bac69951e6792cd7fd9bb68b8');
INSERT INTO "sightings" VALUES(1,2,2,'http://demo.localhost/product/midnight-tweed-backpack-18/','8c5155f10e56191a942637bbc6825358');
INSERT INTO "sightings" VALUES(1,2,3,'http://demo.localhost/product/dusky-hemp-skirt-19/','6aecd9fee14e2d38e2ad1e442004be48');
INSERT INTO "sightings" VALUES(1,2,4,'http://demo.localhost/product/solar-cashmere-poncho-20/','0849680610ad87d94acbcd23a48bfbf9');
CREATE TABLE throttle_memory (
	host TEXT NOT NULL, 
	way TEXT NOT NULL, 
	learnt_at VARCHAR(24) NOT NULL, 
	state JSON NOT NULL, 
	PRIMARY KEY (host, way)
)
 WITHOUT ROWID

;
CREATE TABLE throttle_samples (
	id INTEGER NOT NULL, 
	crawl_id INTEGER NOT NULL, 
	at VARCHAR(24) NOT NULL, 
	host TEXT NOT NULL, 
	way TEXT NOT NULL, 
	seconds FLOAT NOT NULL, 
	concurrency INTEGER NOT NULL, 
	spacing_seconds FLOAT NOT NULL, 
	in_flight INTEGER NOT NULL, 
	served INTEGER NOT NULL, 
	refused INTEGER NOT NULL, 
	failed INTEGER NOT NULL, 
	latency_median_seconds FLOAT, 
	latency_p95_seconds FLOAT, 
	pages_stored INTEGER NOT NULL, 
	pages_failed INTEGER NOT NULL, 
	why TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(crawl_id) REFERENCES crawls (id) ON DELETE CASCADE
);
CREATE TABLE titles (
	crawl_id INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	page INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	name TEXT NOT NULL, 
	site_title TEXT NOT NULL, 
	url TEXT NOT NULL, 
	final_url TEXT NOT NULL, 
	fetched_at VARCHAR(24) NOT NULL, 
	PRIMARY KEY (crawl_id, position), 
	FOREIGN KEY(crawl_id, position) REFERENCES pages (crawl_id, position) ON DELETE CASCADE
)
 WITHOUT ROWID

;
CREATE INDEX pages_failed ON pages (status, crawl_id, reason, position) WHERE status = 'failed';
CREATE INDEX pages_pending ON pages (status, crawl_id, due_at, position) WHERE status = 'pending';
CREATE INDEX pages_url ON pages (crawl_id, url);
CREATE INDEX throttle_samples_crawl ON throttle_samples (crawl_id, at);
CREATE INDEX sightings_key ON sightings (crawl_id, "key", position, place);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('crawls',1);
COMMIT;
