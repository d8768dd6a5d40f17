BEGIN TRANSACTION;
CREATE VIRTUAL TABLE article_words USING fts5(
        words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '_'");
INSERT OR REPLACE INTO "article_words_data" VALUES(1,X'047E');
INSERT OR REPLACE INTO "article_words_data" VALUES(10,X'000000000101010001010101');
INSERT OR REPLACE INTO "article_words_data" VALUES(137438953473,X'000002B90230300101013102010132030101330401055F5F3167620404026F640104027035020402746D02030332323701040237320204023961030402633602040271310104027536030402766E010303333273010402753503030334386B01040272320104027639020303356D6D010402707801040277700204027830010303366F3302040271330203033765310304026A39020402746F0104027870030303386231020402796A0303033937370404026565020501740204026E67040402727004040279630403036173650103036234380404023677010402387101040279390203036334790104023772030105616761696E0202017401020A7574686F725F6A616E650101010108056F6E65696C010101010107626167686461640102056C65696274040106636C6F736564020103646572040107656D62617373790101056669726564010205726964617902010B67657363686C6F7373656E0402047265656E010105686166656E04030572626F75720202076561646C696E65010101010203757274010102696E0102017402010B6C616E67756167655F6465040A02656E01010A027A680301076D6F6D62617361020205756C6C65720401066E6F626F64790101026F660202016E02020570656E6564020107726F636B6574730101057361677465040302696401020B6974655F6578616D706C6501010101060C6E6577735F6578616D706C650101010102096F757263655F735F3001020A013102020205756E6461790201037468650101020669746C655F30010701310207013203070133040708686561646C696E65010101010103776173010102036572650101047A6F6E65010103E4BDBF0304045FE9A686030103E587BB03020288B00304045FE8A2AD030202A4A70304045FE4BDBF030103E8A2AD0304045FE587BB030103E981AD0304045FE588B0030202A6860304045FE981AD03040404040408050505060505050505050605060505060505050605060505050605060504050505060605050506050804100B0A0809060A08080E0708080D0605040E06050A08090504080A080511120D050807090404040E070607060706050705070607060705');
INSERT OR REPLACE INTO "article_words_idx" VALUES(1,X'',2);
INSERT OR REPLACE INTO "article_words_config" VALUES('version',4);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE "alerts" (
	id TEXT NOT NULL, 
	rule TEXT DEFAULT ('') NOT NULL, 
	article_id INTEGER, 
	rule_version TEXT DEFAULT ('') NOT NULL, 
	source TEXT DEFAULT ('') NOT NULL, 
	url TEXT DEFAULT ('') NOT NULL, 
	title TEXT DEFAULT ('') NOT NULL, 
	matched BIGINT NOT NULL, 
	published BIGINT, 
	spans JSON NOT NULL, 
	excerpts JSON NOT NULL, 
	kind TEXT DEFAULT 'new' NOT NULL, 
	story TEXT DEFAULT ('') NOT NULL, 
	listed BIGINT, 
	fetched BIGINT, 
	revision BIGINT DEFAULT '0' NOT NULL, 
	content_hash TEXT DEFAULT ('') NOT NULL, 
	outlets BIGINT DEFAULT '1' NOT NULL, 
	baseline BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
INSERT INTO "alerts" VALUES('us-in-iraq-0','us-in-iraq',1,'1:ab','s-0','https://www.news.example/0','Headline 0',1795161600000000,1795161300000000,'[["text", 0, 7]]','["\u00abRockets\u00bb were"]','new','0000000000000000',NULL,NULL,0,'',1,0);
INSERT INTO "alerts" VALUES('us-in-iraq-2','us-in-iraq',3,'1:ab','s-0','https://www.news.example/2','Headline 2',1795161600000000,1795154100000000,'[["text", 0, 7]]','["\u00abRockets\u00bb were"]','new','2222222222222222',NULL,NULL,0,'',1,0);
INSERT INTO "alerts" VALUES('ill-1','source health',NULL,'','s-1','https://www.news.example/feed','s-1: frozen',1795334400000000,NULL,'[]','["nothing new"]','unhealthy','',NULL,NULL,0,'',1,0);
INSERT INTO "alerts" VALUES('well-1','source health',NULL,'','s-1','https://www.news.example/feed','s-1: frozen',1795334460000000,NULL,'[]','["nothing new"]','recovered','',NULL,NULL,0,'',1,0);
CREATE TABLE api_tokens (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	hash BLOB NOT NULL, 
	scopes JSON NOT NULL, 
	created BIGINT NOT NULL, 
	expires BIGINT, 
	UNIQUE (name), 
	UNIQUE (hash)
);
INSERT INTO "api_tokens" VALUES(1,'desk',X'AA','["read"]',1795161600000000,NULL);
CREATE TABLE article_tags (
	tag TEXT NOT NULL, 
	article_id INTEGER NOT NULL, 
	PRIMARY KEY (tag, article_id), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
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
	listed BIGINT, 
	fetched BIGINT, 
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
INSERT INTO "articles" VALUES(1,X'35F0431E0DDC6F09DA1409FD3E93C474',X'3845766D4DDCE1A1470CD21803591EFB',1795161600000000,'s-0','https://news.example/0','https://www.news.example/0','Headline 0',1795161300000000,'json-ld',0,NULL,'',NULL,NULL,'en','','',0,0,9,'1:00000000000000000000000000000000','["Jane O''Neil"]','["Africa"]','','','["A caption"]','Rockets were fired at the green zone in Baghdad.

Nobody was hurt, the embassy said.','Rockets were fired at the green zone in Baghdad.

Nobody was hurt, the embassy said.');
INSERT INTO "articles" VALUES(2,X'CEB7EDE3FF9D35370B8772623D2EBDE6',X'6079887B0CB90D46200A437EB156B2ED',1795158000000000,'s-1','https://news.example/1','https://www.news.example/1','Headline 1',1795157700000000,'json-ld',0,NULL,'',NULL,NULL,'en','','',0,0,9,'1:00000000000000000000000000000001','["Jane O''Neil"]','["Africa"]','','','["A caption"]','The harbour of Mombasa was closed on Friday.

It opened again on Sunday.','The harbour of Mombasa was closed on Friday.');
INSERT INTO "articles" VALUES(3,X'B68797752AAA01A460C2C66EF66C3DF9',X'378A8E8AED3182DE0B2ED041EA2B55DF',1795154400000000,'s-0','https://news.example/2','https://www.news.example/2','Headline 2',1795154100000000,'json-ld',0,NULL,'',NULL,NULL,'zh','','',0,0,9,'1:00000000000000000000000000000002','["Jane O''Neil"]','["Africa"]','','','["A caption"]','大使馆遭到袭击。','大使馆遭到袭击。');
INSERT INTO "articles" VALUES(4,X'6182E8CBD4AEB76A6B7FAAF4B7E9FD6D',X'0FFC8B71EB384BB8EECBFBEE4387A4F5',1795150800000000,'s-1','https://news.example/3','https://www.news.example/3','Headline 3',1795150500000000,'json-ld',0,NULL,'',NULL,NULL,'de','','',0,0,9,'1:00000000000000000000000000000003','["Jane O''Neil"]','["Africa"]','','','["A caption"]','Der Hafen bleibt geschlossen, sagte Müller.','Der Hafen bleibt geschlossen, sagte Müller.');
CREATE TABLE deliveries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	alert_id TEXT NOT NULL, 
	channel TEXT DEFAULT '' NOT NULL, 
	state TEXT DEFAULT '' NOT NULL, 
	attempts BIGINT DEFAULT '0' NOT NULL, 
	next_attempt BIGINT NOT NULL, 
	settled BIGINT, 
	last_error TEXT DEFAULT '' NOT NULL, 
	message TEXT DEFAULT '' NOT NULL, 
	form TEXT DEFAULT '' NOT NULL, 
	created BIGINT, 
	UNIQUE (alert_id, channel), 
	FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE
);
INSERT INTO "deliveries" VALUES(1,'us-in-iraq-0','desk','sent',1,1795161600000000,1795161600000000,'','m1','single',1795161600000000);
INSERT INTO "deliveries" VALUES(2,'us-in-iraq-0','file','pending',0,1795161600000000,NULL,'','','',NULL);
INSERT INTO "deliveries" VALUES(3,'us-in-iraq-2','desk','pending',0,1795161600000000,NULL,'','','',NULL);
INSERT INTO "deliveries" VALUES(4,'us-in-iraq-2','file','pending',0,1795161600000000,NULL,'','','',NULL);
CREATE TABLE disabled_channels (
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (channel)
);
INSERT INTO "disabled_channels" VALUES('closed','abcd',1795161600000000,'410 Gone');
CREATE TABLE known_rules (
	rule TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	PRIMARY KEY (rule)
);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema','10');
INSERT INTO "meta" VALUES('words','3');
CREATE TABLE page_samples (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	site TEXT DEFAULT '' NOT NULL, 
	created BIGINT NOT NULL, 
	body BLOB NOT NULL
);
CREATE TABLE pages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	article_id INTEGER NOT NULL, 
	number BIGINT DEFAULT '0' NOT NULL, 
	fetched BIGINT NOT NULL, 
	url TEXT DEFAULT '' NOT NULL, 
	status INTEGER NOT NULL, 
	headers JSON NOT NULL, 
	size BIGINT DEFAULT '0' NOT NULL, 
	sample_id INTEGER, 
	body BLOB NOT NULL, 
	UNIQUE (article_id, number), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE, 
	FOREIGN KEY(sample_id) REFERENCES page_samples (id)
);
CREATE TABLE revisions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	article_id INTEGER NOT NULL, 
	number BIGINT DEFAULT '0' NOT NULL, 
	seen BIGINT NOT NULL, 
	last_seen BIGINT NOT NULL, 
	times BIGINT DEFAULT '0' NOT NULL, 
	admitted BOOLEAN NOT NULL, 
	changed JSON NOT NULL, 
	version TEXT DEFAULT '' NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	authors JSON NOT NULL, 
	published BIGINT, 
	modified BIGINT, 
	text TEXT DEFAULT '' NOT NULL, 
	UNIQUE (article_id, version), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
INSERT INTO "revisions" VALUES(1,2,0,1795158000000000,1795158000000000,1,1,'[]','v1','Headline 1','["Jane O''Neil"]',1795157700000000,NULL,'The harbour of Mombasa was closed on Friday.');
INSERT INTO "revisions" VALUES(2,2,1,1795165200000000,1795165200000000,1,0,'["text"]','v2','Headline 1','["Jane O''Neil"]',1795157700000000,NULL,'The harbour of Mombasa was closed on Friday.

It opened again on Sunday.');
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
	error TEXT DEFAULT '' NOT NULL, pages BIGINT DEFAULT '0' NOT NULL, observed JSON, abnormal BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('r1','s-0',1795158000000000,1795161600000000,'done',4,4,0,0,1000,'',0,'{"listing":"ab","signals":[["moved","https://www.news.example/feed"]]}',1);
CREATE TABLE saved_searches (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	created BIGINT NOT NULL, 
	UNIQUE (name)
);
INSERT INTO "saved_searches" VALUES(1,'drones','q=drone',1795161600000000);
CREATE TABLE silences (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	what TEXT NOT NULL, 
	name TEXT NOT NULL, 
	until BIGINT NOT NULL, 
	created BIGINT NOT NULL
);
INSERT INTO "silences" VALUES(1,'rule','noisy',2110521600000000,1795161600000000);
CREATE TABLE source_health (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	source TEXT NOT NULL, 
	condition TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	detected BIGINT NOT NULL, 
	recovered BIGINT, 
	detail TEXT DEFAULT '' NOT NULL
);
INSERT INTO "source_health" VALUES(1,'s-1','frozen',1795334400000000,1795334400000000,NULL,'nothing new');
CREATE TABLE sources (
	id TEXT NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	tags JSON NOT NULL, 
	added BIGINT NOT NULL, 
	removed BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "sources" VALUES('s-0','https://news.example/feed','["one"]',1795161600000000,NULL);
INSERT INTO "sources" VALUES('s-1','https://other.example/','[]',1795161600000000,NULL);
CREATE TABLE stories (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	last_seen BIGINT NOT NULL, 
	representative INTEGER, 
	words BIGINT DEFAULT '0' NOT NULL, 
	replaced BIGINT DEFAULT '0' NOT NULL, 
	UNIQUE ("key"), 
	FOREIGN KEY(representative) REFERENCES articles (id) ON DELETE SET NULL
);
INSERT INTO "stories" VALUES(1,'0000000000000000',1795161600000000,1795161600000000,1,9,0);
INSERT INTO "stories" VALUES(2,'1111111111111111',1795158000000000,1795158000000000,2,9,0);
INSERT INTO "stories" VALUES(3,'2222222222222222',1795154400000000,1795154400000000,3,9,0);
INSERT INTO "stories" VALUES(4,'3333333333333333',1795150800000000,1795150800000000,4,9,0);
CREATE TABLE story_articles (
	article_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	site TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (article_id), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE, 
	FOREIGN KEY(story_id) REFERENCES stories (id) ON DELETE CASCADE
);
INSERT INTO "story_articles" VALUES(1,1,'www.news.example');
INSERT INTO "story_articles" VALUES(2,2,'www.news.example');
INSERT INTO "story_articles" VALUES(3,3,'www.news.example');
INSERT INTO "story_articles" VALUES(4,4,'www.news.example');
CREATE TABLE visits (
	article_id INTEGER NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	due BIGINT, 
	step BIGINT DEFAULT '0' NOT NULL, 
	changed BIGINT, 
	missing BIGINT, 
	removed BIGINT, 
	version TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (article_id), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
INSERT INTO "visits" VALUES(1,'s-0',1795165200000000,0,NULL,NULL,NULL,'');
INSERT INTO "visits" VALUES(2,'s-1',1795248000000000,1,1795165200000000,NULL,NULL,'v2');
INSERT INTO "visits" VALUES(3,'s-0',1795165200000000,0,NULL,NULL,NULL,'');
INSERT INTO "visits" VALUES(4,'s-1',1795165200000000,0,NULL,NULL,NULL,'');
CREATE TABLE "feed_items" (
	"key" BLOB NOT NULL, 
	article_id INTEGER NOT NULL, 
	link TEXT DEFAULT '' NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	version TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
INSERT INTO "feed_items" VALUES(X'000102030405060708090A0B0C0D0E0F',2,'https://www.news.example/1','Headline 1','');
CREATE TABLE listings (
	run TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	read BIGINT NOT NULL, 
	status BIGINT DEFAULT '0' NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	named BIGINT DEFAULT '0' NOT NULL, 
	new BIGINT DEFAULT '0' NOT NULL, 
	known BIGINT DEFAULT '0' NOT NULL, 
	left_over JSON, 
	listings BIGINT DEFAULT '1' NOT NULL, 
	PRIMARY KEY (run, number), 
	FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO "listings" VALUES('r1',0,'feed','https://www.news.example/feed',1795158001000000,200,'',5,4,1,NULL,1);
CREATE TABLE waiting (
	source TEXT NOT NULL, 
	"key" BIGINT NOT NULL, 
	feed BIGINT DEFAULT '0' NOT NULL, 
	since BIGINT NOT NULL, 
	candidate JSON NOT NULL, 
	PRIMARY KEY (source, "key")
) WITHOUT ROWID;
INSERT INTO "waiting" VALUES('s-0',-7,9,1795158001000000,'{"url": "https://www.news.example/9", "title": "Headline 9"}');
DELETE FROM sqlite_sequence;
INSERT INTO "sqlite_sequence" VALUES('articles',4);
INSERT INTO "sqlite_sequence" VALUES('stories',4);
INSERT INTO "sqlite_sequence" VALUES('deliveries',4);
INSERT INTO "sqlite_sequence" VALUES('revisions',2);
INSERT INTO "sqlite_sequence" VALUES('silences',1);
INSERT INTO "sqlite_sequence" VALUES('source_health',1);
INSERT INTO "sqlite_sequence" VALUES('saved_searches',1);
INSERT INTO "sqlite_sequence" VALUES('api_tokens',1);
CREATE INDEX ix_alerts_article_id ON alerts (article_id);
CREATE INDEX ix_alerts_matched ON alerts (matched);
CREATE INDEX ix_alerts_story ON alerts (story);
CREATE INDEX ix_article_tags_article_id ON article_tags (article_id);
CREATE INDEX ix_articles_content_hash ON articles (content_hash);
CREATE INDEX ix_articles_found ON articles (found, id);
CREATE INDEX ix_articles_language_found ON articles (lower(language), found, id);
CREATE INDEX ix_articles_source_found ON articles (source, found, id);
CREATE INDEX ix_articles_url_key ON articles (url_key);
CREATE INDEX ix_deliveries_message ON deliveries (message);
CREATE INDEX ix_deliveries_state_next ON deliveries (state, next_attempt);
CREATE INDEX ix_page_samples_site ON page_samples (site, id);
CREATE INDEX ix_pages_fetched ON pages (fetched);
CREATE INDEX ix_pages_sample_id ON pages (sample_id);
CREATE INDEX ix_runs_outcome_started ON runs (outcome, started, id);
CREATE INDEX ix_runs_source_started ON runs (source, started);
CREATE INDEX ix_runs_started ON runs (started);
CREATE INDEX ix_stories_last_seen ON stories (last_seen);
CREATE INDEX ix_stories_representative ON stories (representative);
CREATE INDEX ix_story_articles_story_id ON story_articles (story_id);
CREATE INDEX ix_visits_due ON visits (due);
CREATE INDEX ix_visits_source_due ON visits (source, due);
CREATE UNIQUE INDEX ux_alerts_rule_article ON alerts (rule, article_id) WHERE kind = 'new';
CREATE UNIQUE INDEX ux_alerts_rule_story ON alerts (rule, story) WHERE kind = 'new' AND story <> '';
CREATE INDEX ix_runs_unfinished ON runs (source) WHERE finished IS NULL;
CREATE INDEX ix_runs_abnormal ON runs (started) WHERE abnormal;
CREATE UNIQUE INDEX ux_source_health_open ON source_health (source, condition) WHERE recovered IS NULL;
CREATE INDEX ix_deliveries_channel_created ON deliveries (channel, created);
CREATE INDEX ix_feed_items_article_id ON feed_items (article_id);
COMMIT;
