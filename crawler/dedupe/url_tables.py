"""Knowledge about URLs as data: which parameters, hosts and path parts do not tell one article from another.

Sources of the parameter names (read 2026-11):

- ClearURLs, `data.min.json`, globalRules: https://gitlab.com/ClearURLs/rules
- AdGuard, TrackParamFilter, `general_url.txt`: https://github.com/AdguardTeam/AdguardFilters
- Brave, `components/query_filter/utils.cc`: https://github.com/brave/brave-core
- Firefox, remote settings, collection `query-stripping`
- Neat URL, default parameters by category: https://github.com/Smile4ever/Neat-URL
- the campaign documentation of the services that are named beside each row.
"""

from __future__ import annotations

from typing import Final

# fmt: off
# A parameter whose name starts so says where the reader came from.
TRACKING_PREFIXES: Final[tuple[str, ...]] = (
    "utm_", "utm-", "utm.",  # Urchin, Google Analytics: also with the wrong separator
    "mtm_", "pk_", "piwik_", "matomo_",  # Matomo
    "itm_", "hmb_",  # internal campaigns
    "hsa_", "_hs", "__hs",  # HubSpot
    "wt_", "wtk_",  # Webtrekk (Mapp): wt_mc, wt_zmc, wt_ref
    "fb_", "guce_", "oly_", "vero_", "bsft_", "_branch_", "ml_subscriber", "at_custom",
)

TRACKING_NAMES: Final[frozenset[str]] = frozenset({
    # click identifiers: Facebook, Google, Microsoft, Twitter, TikTok, Yandex, LinkedIn, Reddit, Snapchat, others
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "msclkid", "twclid", "ttclid", "yclid",
    "ysclid", "li_fat_id", "rdt_cid", "sccid", "rb_clickid", "clickid", "awclid", "igsh", "igshid", "epik",
    "irclickid", "irgwc", "wickedid", "auctid", "tblci", "dicbo", "oborigurl", "cvid", "oicd", "ef_id", "s_kwcid",
    "ad_id", "_kx", "vmcid", "_ga", "_gl", "_gac", "gad_source", "gad_campaignid", "usqp", "ved", "gws_rd",
    # mail: Mailchimp, Marketo, Drip, Beehiiv, Klaviyo, Oracle Eloqua, Adobe, EveryAction, Salesforce
    "mc_cid", "mc_eid", "mc_tc", "mkt_tok", "__s", "_bhlid", "_ke", "elqtrack", "elqtrackid", "elqaid", "elqat",
    "s_cid", "sc_cid", "emci", "emdi", "ceid", "mkcid", "mkevt", "mkrid", "nlid", "sfmc_id",
    # web analytics: Openstat, Yahoo, AT Internet (XiTi), comScore, Alibaba, Adobe, Piano, Readwise, Echobox
    "_openstat", "guccounter", "soc_src", "soc_trk", "tsrc", ".tsrc", "xtor", "xtref", "xts", "xtdt", "xtcr",
    "at_campaign", "at_medium", "at_link_id", "at_link_type", "at_link_origin", "at_format", "at_ptr_name",
    "at_bbc_team", "at_campaign_type", "at_variation", "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname",
    "ns_fee", "spm", "scm", "campaign_id", "campaign_medium", "campaign_name", "campaign_source", "campaign_term",
    "campaign_content", "icid", "ncid", "mbid", "ocid", "cmpid", "cmp", "cmp_id", "ito", "ico", "maca", "srcref",
    "traffic_source", "trafficsource", "sr_share", "sharetype", "share_token", "share_source", "share_medium",
    "share_from", "isappinstalled", "wfr", "__twitter_impression", "twitter_impression", "__source",
    "__readwiselocation", "action_object_map", "action_ref_map", "action_type_map", "sref", "asgtbndr", "sthash",
    "cx_testid", "cx_testvariant", "cx_artpos", "cx_experienceid", "cx_recs_click", "echobox",
    # publishers: New York Times, Reuters, CNN, Spiegel
    "smid", "smtyp", "emc", "regi_id", "instance_id", "segment_id", "unlocked_article_code", "feedtype", "feedname",
    "rpc", "taid", "iref", "cnn_social", "sara_ecid", "sara_ref", "sara_icid",
    # AMP viewers
    "amp_js_v", "amp_gsa", "aoh", "amp_latest_update_time",
})

# Names that sites also use for content. They go only when the value holds no digit and the path says something.
SOFT_TRACKING_NAMES: Final[frozenset[str]] = frozenset({
    "ref", "referrer", "referer", "ref_src", "ref_url", "source", "src", "from", "via", "share", "shared", "partner",
    "rss", "feed", "rssfeed", "cid", "campaign", "medium", "origin", "link_source",
    "comefrom", "fromsource", "kid", "intcid",
    "intcmp", "int", "cmpgn", "mod", "sh", "social",
})

SESSION_NAMES: Final[frozenset[str]] = frozenset({
    "phpsessid", "jsessionid", "sessionid", "session_id", "sess_id", "aspsessionid", "cfid", "cftoken", "zenid",
    "oscsid", "asp.net_sessionid", "_session_id", "sessid",
})
# Names that are a session only when the value looks like one: at least 16 hexadecimal digits (vBulletin, phpBB).
SOFT_SESSION_NAMES: Final[frozenset[str]] = frozenset({"s", "sid", "session", "token_id"})

# (parameter, value): the same article for another device. Value "" stands for a bare or empty parameter.
VARIANT_PARAMS: Final[frozenset[tuple[str, str]]] = frozenset(
    {("amp", value) for value in ("", "1", "true", "amp", "yes")}
    | {("outputtype", "amp"), ("output", "amp"), ("output-type", "amp"), ("format", "amp"), ("view", "amp")}
    | {("type", "amp"), ("view", "mobile"), ("mobile", "1"), ("mobile", "true"), ("m", "1"), ("nomobile", "1")}
    | {("outputtype", "mobile"), ("is_amp", "1"), ("amp_markup", "1"), ("no_cache", "1")}
)

# Labels left of the registered domain that name a device (en.m.wikipedia.org, amp.theguardian.com).
VARIANT_LABELS: Final[frozenset[str]] = frozenset({"m", "mobile", "amp", "wap", "mobil"})

# A last path segment that names the directory itself (the defaults of Apache, nginx and IIS).
INDEX_PAGES: Final[frozenset[str]] = frozenset(
    {"index." + kind for kind in ("html", "htm", "php", "php3", "php5", "asp", "aspx", "jsp", "shtml", "xhtml", "cfm")}
    | {"default.asp", "default.aspx", "default.htm", "default.html", "index.amp.html"}
)
# fmt: on
