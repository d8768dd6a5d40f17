BEGIN TRANSACTION;
CREATE TABLE alerts (
	id TEXT NOT NULL, 
	rule TEXT DEFAULT '' NOT NULL, 
	article_id INTEGER NOT NULL, 
	rule_version TEXT DEFAULT '' NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	url TEXT DEFAULT '' NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	matched BIGINT NOT NULL, 
	published BIGINT, 
	spans JSON NOT NULL, 
	excerpts JSON NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (rule, article_id), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
INSERT INTO "alerts" VALUES('us-in-iraq-0','us-in-iraq',1,'1:ab','s-0','https://www.news.example/0','Headline 0',1795161600000000,1795161300000000,'[["text", 0, 7]]','["\u00abRockets\u00bb were"]');
INSERT INTO "alerts" VALUES('us-in-iraq-2','us-in-iraq',3,'1:ab','s-0','https://www.news.example/2','Headline 2',1795161600000000,1795154100000000,'[["text", 0, 7]]','["\u00abRockets\u00bb were"]');
CREATE TABLE article_tags (
	tag TEXT NOT NULL, 
	article_id INTEGER NOT NULL, 
	PRIMARY KEY (tag, article_id), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "article_tags" VALUES('africa',1);
INSERT INTO "article_tags" VALUES('africa',2);
INSERT INTO "article_tags" VALUES('africa',3);
INSERT INTO "article_tags" VALUES('africa',4);
CREATE TABLE articles (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" BLOB NOT NULL, 
	url_key BLOB, 
	found BIGINT NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	canonical_url TEXT DEFAULT '' NOT NULL, 
	url TEXT DEFAULT '' NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	published BIGINT, 
	published_from TEXT DEFAULT '' NOT NULL, 
	published_uncertain BOOLEAN NOT NULL, 
	modified BIGINT, 
	modified_from TEXT DEFAULT '' NOT NULL, 
	language TEXT DEFAULT '' NOT NULL, 
	section TEXT DEFAULT '' NOT NULL, 
	agency TEXT DEFAULT '' NOT NULL, 
	paywalled BOOLEAN NOT NULL, 
	live BOOLEAN NOT NULL, 
	word_count BIGINT DEFAULT '0' NOT NULL, 
	content_hash TEXT DEFAULT '' NOT NULL, 
	authors JSON NOT NULL, 
	tags JSON NOT NULL, 
	image TEXT DEFAULT '' NOT NULL, 
	lead TEXT DEFAULT '' NOT NULL, 
	captions JSON NOT NULL, 
	text TEXT DEFAULT '' NOT NULL, 
	markdown TEXT DEFAULT '' NOT NULL, 
	UNIQUE ("key")
);
INSERT INTO "articles" VALUES(1,X'35F0431E0DDC6F09DA1409FD3E93C474',X'3845766D4DDCE1A1470CD21803591EFB',1795161600000000,'s-0','https://news.example/0','https://www.news.example/0','Headline 0',1795161300000000,'json-ld',0,NULL,'','en','','',0,0,9,'1:00000000000000000000000000000000','["Jane O''Neil"]','["Africa"]','','','["A caption"]','Rockets were fired at the green zone in Baghdad.

Nobody was hurt, the embassy said.','Rockets were fired at the green zone in Baghdad.

Nobody was hurt, the embassy said.');
INSERT INTO "articles" VALUES(2,X'CEB7EDE3FF9D35370B8772623D2EBDE6',X'6079887B0CB90D46200A437EB156B2ED',1795158000000000,'s-1','https://news.example/1','https://www.news.example/1','Headline 1',1795157700000000,'json-ld',0,NULL,'','en','','',0,0,9,'1:00000000000000000000000000000001','["Jane O''Neil"]','["Africa"]','','','["A caption"]','The harbour of Mombasa was closed on Friday.','The harbour of Mombasa was closed on Friday.');
INSERT INTO "articles" VALUES(3,X'B68797752AAA01A460C2C66EF66C3DF9',X'378A8E8AED3182DE0B2ED041EA2B55DF',1795154400000000,'s-0','https://news.example/2','https://www.news.example/2','Headline 2',1795154100000000,'json-ld',0,NULL,'','zh','','',0,0,9,'1:00000000000000000000000000000002','["Jane O''Neil"]','["Africa"]','','','["A caption"]','大使馆遭到袭击。','大使馆遭到袭击。');
INSERT INTO "articles" VALUES(4,X'6182E8CBD4AEB76A6B7FAAF4B7E9FD6D',X'0FFC8B71EB384BB8EECBFBEE4387A4F5',1795150800000000,'s-1','https://news.example/3','https://www.news.example/3','Headline 3',1795150500000000,'json-ld',0,NULL,'','de','','',0,0,9,'1:00000000000000000000000000000003','["Jane O''Neil"]','["Africa"]','','','["A caption"]','Der Hafen bleibt geschlossen, sagte Müller.','Der Hafen bleibt geschlossen, sagte Müller.');
CREATE TABLE deliveries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	alert_id TEXT NOT NULL, 
	channel TEXT DEFAULT '' NOT NULL, 
	state TEXT DEFAULT '' NOT NULL, 
	attempts BIGINT DEFAULT '0' NOT NULL, 
	next_attempt BIGINT NOT NULL, 
	settled BIGINT, 
	last_error TEXT DEFAULT '' NOT NULL, 
	UNIQUE (alert_id, channel), 
	FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE
);
INSERT INTO "deliveries" VALUES(1,'us-in-iraq-0','desk','pending',0,1795161600000000,NULL,'');
INSERT INTO "deliveries" VALUES(2,'us-in-iraq-0','file','pending',0,1795161600000000,NULL,'');
INSERT INTO "deliveries" VALUES(3,'us-in-iraq-2','desk','pending',0,1795161600000000,NULL,'');
INSERT INTO "deliveries" VALUES(4,'us-in-iraq-2','file','pending',0,1795161600000000,NULL,'');
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema','1');
CREATE TABLE runs (
	id TEXT NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	started BIGINT NOT NULL, 
	finished BIGINT, 
	outcome TEXT DEFAULT '' NOT NULL, 
	found BIGINT DEFAULT '0' NOT NULL, 
	new BIGINT DEFAULT '0' NOT NULL, 
	unchanged BIGINT DEFAULT '0' NOT NULL, 
	failed BIGINT DEFAULT '0' NOT NULL, 
	bytes BIGINT DEFAULT '0' NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('r1','s-0',1795158000000000,1795161600000000,'done',4,4,0,0,1000,'');
CREATE INDEX ix_articles_found ON articles (found, id);
CREATE INDEX ix_articles_content_hash ON articles (content_hash);
CREATE INDEX ix_articles_source_found ON articles (source, found, id);
CREATE INDEX ix_articles_url_key ON articles (url_key);
CREATE INDEX ix_runs_source_started ON runs (source, started);
CREATE INDEX ix_runs_started ON runs (started);
CREATE INDEX ix_article_tags_article_id ON article_tags (article_id);
CREATE INDEX ix_alerts_article_id ON alerts (article_id);
CREATE INDEX ix_alerts_matched ON alerts (matched);
CREATE INDEX ix_deliveries_state_next ON deliveries (state, next_attempt);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('articles',4);
INSERT INTO "sqlite_sequence" VALUES('deliveries',4);
COMMIT;
