CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE alerts (
    id text NOT NULL,
    rule text DEFAULT ''::text NOT NULL,
    article_id bigint,
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
CREATE TABLE api_tokens (
    id bigint NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL,
    scopes jsonb NOT NULL,
    created timestamp with time zone CONSTRAINT api_tokens_made_not_null NOT NULL,
    expires timestamp with time zone
);
CREATE SEQUENCE api_tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE api_tokens_id_seq OWNED BY api_tokens.id;
CREATE TABLE article_postings (
    block bigint NOT NULL,
    first text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL
);
CREATE TABLE article_tags (
    tag text NOT NULL,
    article_id bigint NOT NULL
);
CREATE TABLE article_words (
    article_id bigint NOT NULL,
    words tsvector NOT NULL
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
    created timestamp with time zone
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
CREATE TABLE feed_items (
    key bytea CONSTRAINT announcements_key_not_null NOT NULL,
    article_id bigint CONSTRAINT announcements_article_id_not_null NOT NULL,
    link text DEFAULT ''::text CONSTRAINT announcements_link_not_null NOT NULL,
    title text DEFAULT ''::text CONSTRAINT announcements_title_not_null NOT NULL,
    version text DEFAULT ''::text CONSTRAINT announcements_version_not_null NOT NULL
);
CREATE TABLE known_rules (
    rule text NOT NULL,
    since timestamp with time zone NOT NULL
);
CREATE TABLE listings (
    run text NOT NULL,
    number bigint NOT NULL,
    kind text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    read timestamp with time zone NOT NULL,
    status bigint DEFAULT '0'::bigint NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    named bigint DEFAULT '0'::bigint NOT NULL,
    new bigint DEFAULT '0'::bigint NOT NULL,
    known bigint DEFAULT '0'::bigint NOT NULL,
    left_over jsonb,
    listings bigint DEFAULT '1'::bigint NOT NULL
);
CREATE TABLE meta (
    key text NOT NULL,
    value text NOT NULL
);
CREATE TABLE page_samples (
    id bigint NOT NULL,
    site text DEFAULT ''::text NOT NULL,
    created timestamp with time zone CONSTRAINT page_samples_made_not_null NOT NULL,
    body bytea NOT NULL
);
CREATE SEQUENCE page_samples_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE page_samples_id_seq OWNED BY page_samples.id;
CREATE TABLE pages (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    number bigint DEFAULT '0'::bigint NOT NULL,
    fetched timestamp with time zone NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    size bigint DEFAULT '0'::bigint NOT NULL,
    sample_id bigint,
    body bytea NOT NULL
);
CREATE SEQUENCE pages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE pages_id_seq OWNED BY pages.id;
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
    error text DEFAULT ''::text NOT NULL,
    pages bigint DEFAULT '0'::bigint NOT NULL,
    observed jsonb,
    abnormal boolean DEFAULT false CONSTRAINT runs_odd_not_null NOT NULL
);
CREATE TABLE saved_searches (
    id bigint NOT NULL,
    name text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    created timestamp with time zone CONSTRAINT saved_searches_made_not_null NOT NULL
);
CREATE SEQUENCE saved_searches_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE saved_searches_id_seq OWNED BY saved_searches.id;
CREATE TABLE silences (
    id bigint NOT NULL,
    what text NOT NULL,
    name text NOT NULL,
    until timestamp with time zone NOT NULL,
    created timestamp with time zone CONSTRAINT silences_made_not_null NOT NULL
);
CREATE SEQUENCE silences_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE silences_id_seq OWNED BY silences.id;
CREATE TABLE source_health (
    id bigint NOT NULL,
    source text NOT NULL,
    condition text NOT NULL,
    since timestamp with time zone NOT NULL,
    detected timestamp with time zone CONSTRAINT source_health_told_not_null NOT NULL,
    recovered timestamp with time zone,
    detail text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE source_health_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE source_health_id_seq OWNED BY source_health.id;
CREATE TABLE sources (
    id text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    tags jsonb NOT NULL,
    added timestamp with time zone NOT NULL,
    removed timestamp with time zone
);
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
CREATE TABLE waiting (
    source text NOT NULL,
    key bigint NOT NULL,
    feed bigint DEFAULT '0'::bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    candidate jsonb NOT NULL
);
ALTER TABLE ONLY api_tokens ALTER COLUMN id SET DEFAULT nextval('api_tokens_id_seq'::regclass);
ALTER TABLE ONLY articles ALTER COLUMN id SET DEFAULT nextval('articles_id_seq'::regclass);
ALTER TABLE ONLY deliveries ALTER COLUMN id SET DEFAULT nextval('deliveries_id_seq'::regclass);
ALTER TABLE ONLY page_samples ALTER COLUMN id SET DEFAULT nextval('page_samples_id_seq'::regclass);
ALTER TABLE ONLY pages ALTER COLUMN id SET DEFAULT nextval('pages_id_seq'::regclass);
ALTER TABLE ONLY revisions ALTER COLUMN id SET DEFAULT nextval('revisions_id_seq'::regclass);
ALTER TABLE ONLY saved_searches ALTER COLUMN id SET DEFAULT nextval('saved_searches_id_seq'::regclass);
ALTER TABLE ONLY silences ALTER COLUMN id SET DEFAULT nextval('silences_id_seq'::regclass);
ALTER TABLE ONLY source_health ALTER COLUMN id SET DEFAULT nextval('source_health_id_seq'::regclass);
ALTER TABLE ONLY stories ALTER COLUMN id SET DEFAULT nextval('stories_id_seq'::regclass);
INSERT INTO alembic_version VALUES ('0010');
INSERT INTO alerts VALUES ('us-in-iraq-0', 'us-in-iraq', 1, '1:ab', 's-0', 'https://www.news.example/0', 'Headline 0', '2026-11-20 08:00:00+00', '2026-11-20 07:55:00+00', '[["text", 0, 7]]', '["«Rockets» were"]', 'new', '0000000000000000', NULL, NULL, 0, '', 1, false);
INSERT INTO alerts VALUES ('us-in-iraq-2', 'us-in-iraq', 3, '1:ab', 's-0', 'https://www.news.example/2', 'Headline 2', '2026-11-20 08:00:00+00', '2026-11-20 05:55:00+00', '[["text", 0, 7]]', '["«Rockets» were"]', 'new', '2222222222222222', NULL, NULL, 0, '', 1, false);
INSERT INTO alerts VALUES ('ill-1', 'source health', NULL, '', 's-1', 'https://www.news.example/feed', 's-1: frozen', '2026-11-22 08:00:00+00', NULL, '[]', '["nothing new"]', 'unhealthy', '', NULL, NULL, 0, '', 1, false);
INSERT INTO alerts VALUES ('well-1', 'source health', NULL, '', 's-1', 'https://www.news.example/feed', 's-1: frozen', '2026-11-22 08:01:00+00', NULL, '[]', '["nothing new"]', 'recovered', '', NULL, NULL, 0, '', 1, false);
INSERT INTO api_tokens VALUES (1, 'desk', '\xaa', '["read"]', '2026-11-20 08:00:00+00', NULL);
INSERT INTO article_postings VALUES (0, '0', '\x28b52ffd608a02750f00e65b583180a54d0780452684319ab142591499a45dc4040bdb1a6a7bf7b7dd6dd16f372bbb9526233adeda631b018a122e33eb26244d004400440067448df2eea7ec9a54acdddd901abb7f648cc690c8da783c2d411472b1fb84e48a482ecb22d87dc3209ad1ee0b18114621c5eea3c1027b208b891b902441d0eead4a7039d9a867f78a437f9e080eae1ebb27f5d8944a584db4a967ecde74dcf57c8e679472b3fab3dd5d5309a7d7f61ab63b7615c5edf075941df9b1535615e3577e7c4cf1a734ed3e8ba60cc2882cda6ed3c4248d746c78592ce9edfae8dd63faae14d3d3da05939c771dfb928ff20ef9ccc926e3674388596769bd3a88dd6e9b628c8a0c5fdfe37b9d58f58e0f3aeeea13936d0607a67196c6611088856198a6719c66391c1cc482580e8bb334cb04a1b2090c959d205476b2d0b00202503e5968d801002827a040790243650d1438f08ef2e03d3b72ca1105f424b6617df55dd588d13f89a5db0153a8e138aecc04621324a535321cd00231ba0e11809e3162ed7751d340801574d29fe2b1f444fc8d44568c91080c35fe2bc47070b4d0f4821f7ad9ddd11f2a9a4ddacd448a0beffb629ced2c533ecbdea193f92a2a0003e0adde4c688b4e55ca1948c5bfcaa58fff4ae69557baa7944bc17ef6bf3c09ae6f3c5602a7cae6cbd2a7a73076957c9418670a');
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
INSERT INTO feed_items VALUES ('\x000102030405060708090a0b0c0d0e0f', 2, 'https://www.news.example/1', 'Headline 1', '');
INSERT INTO listings VALUES ('r1', 0, 'feed', 'https://www.news.example/feed', '2026-11-20 07:00:01+00', 200, '', 5, 4, 1, NULL, 1);
INSERT INTO meta VALUES ('schema', '10');
INSERT INTO meta VALUES ('words', '3');
INSERT INTO revisions VALUES (1, 2, 0, '2026-11-20 07:00:00+00', '2026-11-20 07:00:00+00', 1, true, '[]', 'v1', 'Headline 1', '["Jane O''Neil"]', '2026-11-20 06:55:00+00', NULL, 'The harbour of Mombasa was closed on Friday.');
INSERT INTO revisions VALUES (2, 2, 1, '2026-11-20 09:00:00+00', '2026-11-20 09:00:00+00', 1, false, '["text"]', 'v2', 'Headline 1', '["Jane O''Neil"]', '2026-11-20 06:55:00+00', NULL, 'The harbour of Mombasa was closed on Friday.
It opened again on Sunday.');
INSERT INTO runs VALUES ('r1', 's-0', '2026-11-20 07:00:00+00', '2026-11-20 08:00:00+00', 'done', 4, 4, 0, 0, 1000, '', 0, '{"listing": "ab", "signals": [["moved", "https://www.news.example/feed"]]}', true);
INSERT INTO saved_searches VALUES (1, 'drones', 'q=drone', '2026-11-20 08:00:00+00');
INSERT INTO silences VALUES (1, 'rule', 'noisy', '2036-11-17 08:00:00+00', '2026-11-20 08:00:00+00');
INSERT INTO source_health VALUES (1, 's-1', 'frozen', '2026-11-22 08:00:00+00', '2026-11-22 08:00:00+00', NULL, 'nothing new');
INSERT INTO sources VALUES ('s-0', 'https://news.example/feed', '["one"]', '2026-11-20 08:00:00+00', NULL);
INSERT INTO sources VALUES ('s-1', 'https://other.example/', '[]', '2026-11-20 08:00:00+00', NULL);
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
INSERT INTO waiting VALUES ('s-0', -7, 9, '2026-11-20 07:00:01+00', '{"url": "https://www.news.example/9", "title": "Headline 9"}');
ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY api_tokens
    ADD CONSTRAINT api_tokens_hash_key UNIQUE (hash);
ALTER TABLE ONLY api_tokens
    ADD CONSTRAINT api_tokens_name_key UNIQUE (name);
ALTER TABLE ONLY api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY article_postings
    ADD CONSTRAINT article_postings_pkey PRIMARY KEY (block, first);
ALTER TABLE ONLY article_tags
    ADD CONSTRAINT article_tags_pkey PRIMARY KEY (tag, article_id);
ALTER TABLE ONLY article_words
    ADD CONSTRAINT article_words_pkey PRIMARY KEY (article_id);
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
ALTER TABLE ONLY feed_items
    ADD CONSTRAINT feed_items_pkey PRIMARY KEY (key);
ALTER TABLE ONLY known_rules
    ADD CONSTRAINT known_rules_pkey PRIMARY KEY (rule);
ALTER TABLE ONLY listings
    ADD CONSTRAINT listings_pkey PRIMARY KEY (run, number);
ALTER TABLE ONLY meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (key);
ALTER TABLE ONLY page_samples
    ADD CONSTRAINT page_samples_pkey PRIMARY KEY (id);
ALTER TABLE ONLY pages
    ADD CONSTRAINT pages_article_id_number_key UNIQUE (article_id, number);
ALTER TABLE ONLY pages
    ADD CONSTRAINT pages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY revisions
    ADD CONSTRAINT revisions_article_id_version_key UNIQUE (article_id, version);
ALTER TABLE ONLY revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY saved_searches
    ADD CONSTRAINT saved_searches_name_key UNIQUE (name);
ALTER TABLE ONLY saved_searches
    ADD CONSTRAINT saved_searches_pkey PRIMARY KEY (id);
ALTER TABLE ONLY silences
    ADD CONSTRAINT silences_pkey PRIMARY KEY (id);
ALTER TABLE ONLY source_health
    ADD CONSTRAINT source_health_pkey PRIMARY KEY (id);
ALTER TABLE ONLY sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (id);
ALTER TABLE ONLY stories
    ADD CONSTRAINT stories_key_key UNIQUE (key);
ALTER TABLE ONLY stories
    ADD CONSTRAINT stories_pkey PRIMARY KEY (id);
ALTER TABLE ONLY story_articles
    ADD CONSTRAINT story_articles_pkey PRIMARY KEY (article_id);
ALTER TABLE ONLY visits
    ADD CONSTRAINT visits_pkey PRIMARY KEY (article_id);
ALTER TABLE ONLY waiting
    ADD CONSTRAINT waiting_pkey PRIMARY KEY (source, key);
CREATE INDEX ix_alerts_article_id ON alerts USING btree (article_id);
CREATE INDEX ix_alerts_matched ON alerts USING btree (matched);
CREATE INDEX ix_alerts_story ON alerts USING btree (story);
CREATE INDEX ix_article_tags_article_id ON article_tags USING btree (article_id);
CREATE INDEX ix_article_words_words ON article_words USING gin (words);
CREATE INDEX ix_articles_content_hash ON articles USING btree (content_hash);
CREATE INDEX ix_articles_found ON articles USING btree (found, id);
CREATE INDEX ix_articles_language_found ON articles USING btree (lower(language), found, id);
CREATE INDEX ix_articles_source_found ON articles USING btree (source, found, id);
CREATE INDEX ix_articles_url_key ON articles USING btree (url_key);
CREATE INDEX ix_deliveries_channel_created ON deliveries USING btree (channel, created);
CREATE INDEX ix_deliveries_message ON deliveries USING btree (message);
CREATE INDEX ix_deliveries_state_next ON deliveries USING btree (state, next_attempt);
CREATE INDEX ix_feed_items_article_id ON feed_items USING btree (article_id);
CREATE INDEX ix_page_samples_site ON page_samples USING btree (site, id);
CREATE INDEX ix_pages_fetched ON pages USING btree (fetched);
CREATE INDEX ix_pages_sample_id ON pages USING btree (sample_id);
CREATE INDEX ix_runs_abnormal ON runs USING btree (started) WHERE abnormal;
CREATE INDEX ix_runs_outcome_started ON runs USING btree (outcome, started, id);
CREATE INDEX ix_runs_source_started ON runs USING btree (source, started);
CREATE INDEX ix_runs_started ON runs USING btree (started);
CREATE INDEX ix_runs_unfinished ON runs USING btree (source) WHERE (finished IS NULL);
CREATE INDEX ix_stories_last_seen ON stories USING btree (last_seen);
CREATE INDEX ix_stories_representative ON stories USING btree (representative);
CREATE INDEX ix_story_articles_story_id ON story_articles USING btree (story_id);
CREATE INDEX ix_visits_due ON visits USING btree (due);
CREATE INDEX ix_visits_source_due ON visits USING btree (source, due);
CREATE UNIQUE INDEX ux_alerts_rule_article ON alerts USING btree (rule, article_id) WHERE (kind = 'new'::text);
CREATE UNIQUE INDEX ux_alerts_rule_story ON alerts USING btree (rule, story) WHERE ((kind = 'new'::text) AND (story <> ''::text));
CREATE UNIQUE INDEX ux_source_health_open ON source_health USING btree (source, condition) WHERE (recovered IS NULL);
ALTER TABLE ONLY alerts
    ADD CONSTRAINT alerts_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY article_tags
    ADD CONSTRAINT article_tags_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY article_words
    ADD CONSTRAINT article_words_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alerts(id) ON DELETE CASCADE;
ALTER TABLE ONLY feed_items
    ADD CONSTRAINT feed_items_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY listings
    ADD CONSTRAINT listings_run_fkey FOREIGN KEY (run) REFERENCES runs(id) ON DELETE CASCADE;
ALTER TABLE ONLY pages
    ADD CONSTRAINT pages_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE;
ALTER TABLE ONLY pages
    ADD CONSTRAINT pages_sample_id_fkey FOREIGN KEY (sample_id) REFERENCES page_samples(id);
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
