CREATE TABLE alerts (
    id text NOT NULL,
    rule text DEFAULT ''::text NOT NULL,
    article_id bigint NOT NULL,
    rule_version text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    matched timestamp with time zone NOT NULL,
    published timestamp with time zone,
    spans jsonb NOT NULL,
    excerpts jsonb NOT NULL,
    kind text DEFAULT 'new'::text NOT NULL,
    story text DEFAULT ''::text NOT NULL,
    listed timestamp with time zone,
    fetched timestamp with time zone,
    revision bigint DEFAULT '0'::bigint NOT NULL,
    content_hash text DEFAULT ''::text NOT NULL,
    outlets bigint DEFAULT '1'::bigint NOT NULL,
    baseline boolean DEFAULT false NOT NULL
);
CREATE TABLE article_tags (
    tag text NOT NULL,
    article_id bigint NOT NULL
);
CREATE TABLE articles (
    id bigint NOT NULL,
    key bytea NOT NULL,
    url_key bytea,
    found timestamp with time zone NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    canonical_url text DEFAULT ''::text NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    published timestamp with time zone,
    published_from text DEFAULT ''::text NOT NULL,
    published_uncertain boolean NOT NULL,
    modified timestamp with time zone,
    modified_from text DEFAULT ''::text NOT NULL,
    listed timestamp with time zone,
    fetched timestamp with time zone,
    language text DEFAULT ''::text NOT NULL,
    section text DEFAULT ''::text NOT NULL,
    agency text DEFAULT ''::text NOT NULL,
    paywalled boolean NOT NULL,
    live boolean NOT NULL,
    word_count bigint DEFAULT '0'::bigint NOT NULL,
    content_hash text DEFAULT ''::text NOT NULL,
    authors jsonb NOT NULL,
    tags jsonb NOT NULL,
    image text DEFAULT ''::text NOT NULL,
    lead text DEFAULT ''::text NOT NULL,
    captions jsonb NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    markdown text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE articles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE articles_id_seq OWNED BY articles.id;
CREATE TABLE deliveries (
    id bigint NOT NULL,
    alert_id text NOT NULL,
    channel text DEFAULT ''::text NOT NULL,
    state text DEFAULT ''::text NOT NULL,
    attempts bigint DEFAULT '0'::bigint NOT NULL,
    next_attempt timestamp with time zone NOT NULL,
    settled timestamp with time zone,
    last_error text DEFAULT ''::text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    form text DEFAULT ''::text NOT NULL,
    made timestamp with time zone
);
CREATE SEQUENCE deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE deliveries_id_seq OWNED BY deliveries.id;
CREATE TABLE disabled_channels (
    channel text NOT NULL,
    address text NOT NULL,
    since timestamp with time zone NOT NULL,
    reason text NOT NULL
);
CREATE TABLE known_rules (
    rule text NOT NULL,
    since timestamp with time zone NOT NULL
);
CREATE TABLE meta (
    key text NOT NULL,
    value text NOT NULL
);
CREATE TABLE revisions (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    number bigint DEFAULT '0'::bigint NOT NULL,
    seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    times bigint DEFAULT '0'::bigint NOT NULL,
    admitted boolean NOT NULL,
    changed jsonb NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    authors jsonb NOT NULL,
    published timestamp with time zone,
    modified timestamp with time zone,
    text text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE revisions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE revisions_id_seq OWNED BY revisions.id;
CREATE TABLE runs (
    id text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    started timestamp with time zone NOT NULL,
    finished timestamp with time zone,
    outcome text DEFAULT ''::text NOT NULL,
    found bigint DEFAULT '0'::bigint NOT NULL,
    new bigint DEFAULT '0'::bigint NOT NULL,
    unchanged bigint DEFAULT '0'::bigint NOT NULL,
    failed bigint DEFAULT '0'::bigint NOT NULL,
    bytes bigint DEFAULT '0'::bigint NOT NULL,
    error text DEFAULT ''::text NOT NULL
);
CREATE TABLE silences (
    id bigint NOT NULL,
    what text NOT NULL,
    name text NOT NULL,
    until timestamp with time zone NOT NULL,
    made timestamp with time zone NOT NULL
);
CREATE SEQUENCE silences_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE silences_id_seq OWNED BY silences.id;
CREATE TABLE stories (
    id bigint NOT NULL,
    key text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    representative bigint,
    words bigint DEFAULT '0'::bigint NOT NULL,
    replaced bigint DEFAULT '0'::bigint NOT NULL
);
CREATE SEQUENCE stories_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE stories_id_seq OWNED BY stories.id;
CREATE TABLE story_articles (
    article_id bigint NOT NULL,
    story_id bigint NOT NULL,
    site text DEFAULT ''::text NOT NULL
);
CREATE TABLE visits (
    article_id bigint NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    due timestamp with time zone,
    step bigint DEFAULT '0'::bigint NOT NULL,
    changed timestamp with time zone,
    missing timestamp with time zone,
    removed timestamp with time zone,
    version text DEFAULT ''::text NOT NULL
);
ALTER TABLE ONLY articles ALTER COLUMN id SET DEFAULT nextval('articles_id_seq'::regclass);
ALTER TABLE ONLY deliveries ALTER COLUMN id SET DEFAULT nextval('deliveries_id_seq'::regclass);
ALTER TABLE ONLY revisions ALTER COLUMN id SET DEFAULT nextval('revisions_id_seq'::regclass);
ALTER TABLE ONLY silences ALTER COLUMN id SET DEFAULT nextval('silences_id_seq'::regclass);
ALTER TABLE ONLY stories ALTER COLUMN id SET DEFAULT nextval('stories_id_seq'::regclass);
INSERT INTO alerts VALUES ('us-in-iraq-0', 'us-in-iraq', 1, '1:ab', 's-0', 'https://www.news.example/0', 'Headline 0', '2026-11-20 08:00:00+00', '2026-11-20 07:55:00+00', '[["text", 0, 7]]', '["«Rockets» were"]', 'new', '0000000000000000', NULL, NULL, 0, '', 1, false);
INSERT INTO alerts VALUES ('us-in-iraq-2', 'us-in-iraq', 3, '1:ab', 's-0', 'https://www.news.example/2', 'Headline 2', '2026-11-20 08:00:00+00', '2026-11-20 05:55:00+00', '[["text", 0, 7]]', '["«Rockets» were"]', 'new', '2222222222222222', NULL, NULL, 0, '', 1, false);
INSERT INTO article_tags VALUES ('africa', 1);
INSERT INTO article_tags VALUES ('africa', 2);
INSERT INTO article_tags VALUES ('africa', 3);
INSERT INTO article_tags VALUES ('africa', 4);
INSERT INTO articles VALUES (1, '\x35f0431e0ddc6f09da1409fd3e93c474', '\x3845766d4ddce1a1470cd21803591efb', '2026-11-20 08:00:00+00', 's-0', 'https://news.example/0', 'https://www.news.example/0', 'Headline 0', '2026-11-20 07:55:00+00', 'json-ld', false, NULL, '', NULL, NULL, 'en', '', '', false, false, 9, '1:00000000000000000000000000000000', '["Jane O''Neil"]', '["Africa"]', '', '', '["A caption"]', 'Rockets were fired at the green zone in Baghdad.
Nobody was hurt, the embassy said.', 'Rockets were fired at the green zone in Baghdad.
Nobody was hurt, the embassy said.');
INSERT INTO articles VALUES (3, '\xb68797752aaa01a460c2c66ef66c3df9', '\x378a8e8aed3182de0b2ed041ea2b55df', '2026-11-20 06:00:00+00', 's-0', 'https://news.example/2', 'https://www.news.example/2', 'Headline 2', '2026-11-20 05:55:00+00', 'json-ld', false, NULL, '', NULL, NULL, 'zh', '', '', false, false, 9, '1:00000000000000000000000000000002', '["Jane O''Neil"]', '["Africa"]', '', '', '["A caption"]', '大使馆遭到袭击。', '大使馆遭到袭击。');
INSERT INTO articles VALUES (4, '\x6182e8cbd4aeb76a6b7faaf4b7e9fd6d', '\x0ffc8b71eb384bb8eecbfbee4387a4f5', '2026-11-20 05:00:00+00', 's-1', 'https://news.example/3', 'https://www.news.example/3', 'Headline 3', '2026-11-20 04:55:00+00', 'json-ld', false, NULL, '', NULL, NULL, 'de', '', '', false, false, 9, '1:00000000000000000000000000000003', '["Jane O''Neil"]', '["Africa"]', '', '', '["A caption"]', 'Der Hafen bleibt geschlossen, sagte Müller.', 'Der Hafen bleibt geschlossen, sagte Müller.');
INSERT INTO articles VALUES (2, '\xceb7ede3ff9d35370b8772623d2ebde6', '\x6079887b0cb90d46200a437eb156b2ed', '2026-11-20 07:00:00+00', 's-1', 'https://news.example/1', 'https://www.news.example/1', 'Headline 1', '2026-11-20 06:55:00+00', 'json-ld', false, NULL, '', NULL, NULL, 'en', '', '', false, false, 9, '1:00000000000000000000000000000001', '["Jane O''Neil"]', '["Africa"]', '', '', '["A caption"]', 'The harbour of Mombasa was closed on Friday.
It opened again on Sunday.', 'The harbour of Mombasa was closed on Friday.');
INSERT INTO deliveries VALUES (2, 'us-in-iraq-0', 'file', 'pending', 0, '2026-11-20 08:00:00+00', NULL, '', '', '', NULL);
INSERT INTO deliveries VALUES (3, 'us-in-iraq-2', 'desk', 'pending', 0, '2026-11-20 08:00:00+00', NULL, '', '', '', NULL);
INSERT INTO deliveries VALUES (4, 'us-in-iraq-2', 'file', 'pending', 0, '2026-11-20 08:00:00+00', NULL, '', '', '', NULL);
INSERT INTO deliveries VALUES (1, 'us-in-iraq-0', 'desk', 'sent', 1, '2026-11-20 08:00:00+00', '2026-11-20 08:00:00+00', '', 'm1', 'single', '2026-11-20 08:00:00+00');
INSERT INTO disabled_channels VALUES ('closed', 'abcd', '2026-11-20 08:00:00+00', '410 Gone');
INSERT INTO meta VALUES ('schema', '4');
INSERT INTO revisions VALUES (1, 2, 0, '2026-11-20 07:00:00+00', '2026-11-20 07:00:00+00', 1, true, '[]', 'v1', 'Headline 1', '["Jane O''Neil"]', '2026-11-20 06:55:00+00', NULL, 'The harbour of Mombasa was closed on Friday.');
INSERT INTO revisions VALUES (2, 2, 1, '2026-11-20 09:00:00+00', '2026-11-20 09:00:00+00', 1, false, '["text"]', 'v2', 'Headline 1', '["Jane O''Neil"]', '2026-11-20 06:55:00+00', NULL, 'The harbour of Mombasa was closed on Friday.
It opened again on Sunday.');
INSERT INTO runs VALUES ('r1', 's-0', '2026-11-20 07:00:00+00', '2026-11-20 08:00:00+00', 'done', 4, 4, 0, 0, 1000, '');
INSERT INTO silences VALUES (1, 'rule', 'noisy', '2036-11-17 08:00:00+00', '2026-11-20 08:00:00+00');
INSERT INTO stories VALUES (1, '0000000000000000', '2026-11-20 08:00:00+00', '2026-11-20 08:00:00+00', 1, 9, 0);
INSERT INTO stories VALUES (2, '1111111111111111', '2026-11-20 07:00:00+00', '2026-11-20 07:00:00+00', 2, 9, 0);
INSERT INTO stories VALUES (3, '2222222222222222', '2026-11-20 06:00:00+00', '2026-11-20 06:00:00+00', 3, 9, 0);
INSERT INTO stories VALUES (4, '3333333333333333', '2026-11-20 05:00:00+00', '2026-11-20 05:00:00+00', 4, 9, 0);
INSERT INTO story_articles VALUES (1, 1, 'www.news.example');
INSERT INTO story_articles VALUES (2, 2, 'www.news.example');
INSERT INTO story_articles VALUES (3, 3, 'www.news.example');
INSERT INTO story_articles VALUES (4, 4, 'www.news.example');
INSERT INTO visits VALUES (4, 's-1', '2026-11-20 09:00:00+00', 0, NULL, NULL, NULL, '');
INSERT INTO visits VALUES (3, 's-0', '2026-11-20 09:00:00+00', 0, NULL, NULL, NULL, '');
INSERT INTO visits VALUES (1, 's-0', '2026-11-20 09:00:00+00', 0, NULL, NULL, NULL, '');
INSERT INTO visits VALUES (2, 's-1', '2026-11-21 08:00:00+00', 1, '2026-11-20 09:00:00+00', NULL, NULL, 'v2');
SELECT pg_catalog.setval('articles_id_seq', 4, true);
SELECT pg_catalog.setval('deliveries_id_seq', 4, true);
SELECT pg_catalog.setval('revisions_id_seq', 2, true);
SELECT pg_catalog.setval('silences_id_seq', 1, true);
SELECT pg_catalog.setval('stories_id_seq', 4, true);
ALTER TABLE ONLY alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY article_tags
    ADD CONSTRAINT article_tags_pkey PRIMARY KEY (tag, article_id);
ALTER TABLE ONLY articles
    ADD CONSTRAINT articles_key_key UNIQUE (key);
ALTER TABLE ONLY articles
    ADD CONSTRAINT articles_pkey PRIMARY KEY (id);
ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_alert_id_channel_key UNIQUE (alert_id, channel);
ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY disabled_channels
    ADD CONSTRAINT disabled_channels_pkey PRIMARY KEY (channel);
ALTER TABLE ONLY known_rules
    ADD CONSTRAINT known_rules_pkey PRIMARY KEY (rule);
ALTER TABLE ONLY meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (key);
ALTER TABLE ONLY revisions
    ADD CONSTRAINT revisions_article_id_version_key UNIQUE (article_id, version);
ALTER TABLE ONLY revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY silences
    ADD CONSTRAINT silences_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stories
    ADD CONSTRAINT stories_key_key UNIQUE (key);
ALTER TABLE ONLY stories
    ADD CONSTRAINT stories_pkey PRIMARY KEY (id);
ALTER TABLE ONLY story_articles
    ADD CONSTRAINT story_articles_pkey PRIMARY KEY (article_id);
ALTER TABLE ONLY visits
    ADD CONSTRAINT visits_pkey PRIMARY KEY (article_id);
CREATE INDEX ix_alerts_article_id ON alerts USING btree (article_id);
CREATE INDEX ix_alerts_matched ON alerts USING btree (matched);
CREATE INDEX ix_alerts_story ON alerts USING btree (story);
CREATE INDEX ix_article_tags_article_id ON article_tags USING btree (article_id);
CREATE INDEX ix_articles_content_hash ON articles USING btree (content_hash);
CREATE INDEX ix_articles_found ON articles USING btree (found, id);
CREATE INDEX ix_articles_source_found ON articles USING btree (source, found, id);
CREATE INDEX ix_articles_url_key ON articles USING btree (url_key);
CREATE INDEX ix_deliveries_channel_made ON deliveries USING btree (channel, made);
CREATE INDEX ix_deliveries_message ON deliveries USING btree (message);
CREATE INDEX ix_deliveries_state_next ON deliveries USING btree (state, next_attempt);
CREATE INDEX ix_runs_source_started ON runs USING btree (source, started);
CREATE INDEX ix_runs_started ON runs USING btree (started);
CREATE INDEX ix_stories_last_seen ON stories USING btree (last_seen);
CREATE INDEX ix_story_articles_story_id ON story_articles USING btree (story_id);
CREATE INDEX ix_visits_due ON visits USING btree (due);
CREATE INDEX ix_visits_source_due ON visits USING btree (source, due);
CREATE UNIQUE INDEX ux_alerts_rule_article ON alerts USING btree (rule, article_id) WHERE (kind = 'new'::text);
CREATE UNIQUE INDEX ux_alerts_rule_story ON alerts USING btree (rule, story) WHERE ((kind = 'new'::text) AND (story <> ''::text));
ALTER TABLE ONLY alerts
    ADD CONSTRAINT alerts_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY article_tags
    ADD CONSTRAINT article_tags_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alerts(id) ON DELETE CASCADE;
ALTER TABLE ONLY revisions
    ADD CONSTRAINT revisions_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY stories
    ADD CONSTRAINT stories_representative_fkey FOREIGN KEY (representative) REFERENCES articles(id) ON DELETE SET NULL;
ALTER TABLE ONLY story_articles
    ADD CONSTRAINT story_articles_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY story_articles
    ADD CONSTRAINT story_articles_story_id_fkey FOREIGN KEY (story_id) REFERENCES stories(id) ON DELETE CASCADE;
ALTER TABLE ONLY visits
    ADD CONSTRAINT visits_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
