"""Tables about URLs: the parameters, hosts and path parts that do not distinguish articles.

Sources of the parameter names (read 2026-11):

- ClearURLs, `data.min.json`, globalRules (those of single sites are not used): https://gitlab.com/ClearURLs/rules
- AdGuard, TrackParamFilter, `general_url.txt`: https://github.com/AdguardTeam/AdguardFilters
- Brave, `components/query_filter/utils.cc`: https://github.com/brave/brave-core
- Firefox, remote settings, collection `query-stripping`
- Neat URL, default parameters by category: https://github.com/Smile4ever/Neat-URL
- the campaign documentation of the services named beside each row.
"""

from __future__ import annotations

from typing import Final

# fmt: off
# Parameters with these prefixes identify where the reader came from.
TRACKING_PREFIXES: Final[tuple[str, ...]] = (
    "utm_", "utm-", "utm.",  # Urchin, Google Analytics: also with the wrong separator
    "mtm_", "pk_", "piwik_", "matomo_", "stm_",  # Matomo, Yandex
    "itm_", "otm_", "hmb_",  # internal and outgoing campaigns
    "ga_", "gaa_", "_gcl_",  # Google Analytics, Google News (subscribers' links)
    "hsa_", "_hs", "__hs",  # HubSpot
    "wt_", "wt.", "wtk_",  # Webtrekk (Mapp): wt_mc, wt_zmc, wt_ref; Webtrends
    "cm_mmc", "cm_ven", "cm_cat", "cm_pla", "cm_ite", "asc_", "iterable", "roistat", "vn_", "ss_email", "ss_campaign",
    "fb_", "guce_", "oly_", "vero_", "bsft_", "_branch_", "ml_subscriber", "at_custom",
)

TRACKING_NAMES: Final[frozenset[str]] = frozenset({
    "utm", "mtm", "hsctatracking", "hss_channel", "wtmc", "wtzmc", "wtrid", "vn", "af", "gs_l", "os_ehash",  # ClearURLs
    "tracking_source", "ceneo_spo", "from_spm_id", "_gid", "mibextid", "sfnsn", "__tn__", "gad", "sscid", "syclid",
    "ymclid", "rtkcid", "mkwid", "pcrid", "dm_i", "et_cid", "et_rid", "ck_subscriber_id", "_bta_c", "_bta_tid",
    "trk_contact", "trk_msg", "trk_module", "trk_sid", "trkcampaign", "trkinfo", "gdfms", "gdftrk", "gdffi",
    "redirect_log_mongo_id", "redirect_mongo_id", "sb_referer_host", "ss_source", "cndid", "bxid",
    # click identifiers: Facebook, Google, Microsoft, Twitter, TikTok, Yandex, LinkedIn, Reddit, Snapchat, others
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "msclkid", "twclid", "ttclid", "yclid",
    "ysclid", "li_fat_id", "rdt_cid", "sccid", "rb_clickid", "clickid", "awclid", "igsh", "igshid", "epik",
    "irclickid", "irgwc", "wickedid", "auctid", "tblci", "dicbo", "oborigurl", "cvid", "oicd", "ef_id", "s_kwcid",
    "_kx", "vmcid", "_ga", "_gl", "_gac", "gad_source", "gad_campaignid", "usqp", "ved", "gws_rd",
    # mail: Mailchimp, Marketo, Drip, Beehiiv, Klaviyo, Oracle Eloqua, Adobe, EveryAction, Salesforce
    "mc_cid", "mc_eid", "mc_tc", "mkt_tok", "__s", "_bhlid", "_ke", "elqtrack", "elqtrackid", "elqaid", "elqat",
    "s_cid", "sc_cid", "emci", "emdi", "ceid", "mkcid", "mkevt", "mkrid", "nlid", "sfmc_id",
    # web analytics: Openstat, Yahoo, AT Internet (XiTi), comScore, Alibaba, Adobe, Piano, Readwise, Echobox
    "_openstat", "guccounter", "soc_src", "soc_trk", "tsrc", ".tsrc", "xtor", "xtref", "xts", "xtdt", "xtcr",
    "at_campaign", "at_medium", "at_link_id", "at_link_type", "at_link_origin", "at_format", "at_ptr_name",
    "at_bbc_team", "at_campaign_type", "at_variation", "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname",
    "ns_fee", "spm", "scm", "campaign_medium", "campaign_name", "campaign_source", "campaign_term",
    "campaign_content", "icid", "ncid", "mbid", "ocid", "cmpid", "cmp_id", "maca", "srcref",
    "traffic_source", "trafficsource", "sr_share", "sharetype", "share_token", "share_source", "share_medium",
    "share_from", "isappinstalled", "wfr", "__twitter_impression", "twitter_impression", "__source",
    "__readwiselocation", "action_object_map", "action_ref_map", "action_type_map", "sref", "asgtbndr", "sthash",
    "cx_testid", "cx_testvariant", "cx_artpos", "cx_experienceid", "cx_recs_click", "echobox",
    # publishers: New York Times, CNN, Spiegel
    "smid", "smtyp", "regi_id", "unlocked_article_code", "cnn_social", "sara_ecid", "sara_ref", "sara_icid",
    # AMP viewers
    "amp_js_v", "amp_gsa", "aoh", "amp_latest_update_time",
})

# Names that track the reader on one registered domain and may identify content on another.
SITE_TRACKING: Final[dict[str, frozenset[str]]] = {
    "nytimes.com": frozenset({"emc", "instance_id", "segment_id", "campaign_id", "nl", "te", "user_id"}),
    "reuters.com": frozenset({"feedtype", "feedname", "rpc", "taid"}),
    "cnn.com": frozenset({"iref"}),
    "dailymail.co.uk": frozenset({"ito", "ico"}),
    "thisismoney.co.uk": frozenset({"ito", "ico"}),
}

# Names that sites also use for content. They are dropped only if the value has no digit and the URL has a path.
SOFT_TRACKING_NAMES: Final[frozenset[str]] = frozenset({
    "utm", "mtm", "hsctatracking", "hss_channel", "wtmc", "wtzmc", "wtrid", "vn", "af", "gs_l", "os_ehash",  # ClearURLs
    "tracking_source", "ceneo_spo", "from_spm_id", "_gid", "mibextid", "sfnsn", "__tn__", "gad", "sscid", "syclid",
    "ymclid", "rtkcid", "mkwid", "pcrid", "dm_i", "et_cid", "et_rid", "ck_subscriber_id", "_bta_c", "_bta_tid",
    "trk_contact", "trk_msg", "trk_module", "trk_sid", "trkcampaign", "trkinfo", "gdfms", "gdftrk", "gdffi",
    "redirect_log_mongo_id", "redirect_mongo_id", "sb_referer_host", "ss_source", "cndid", "bxid",
    "ref", "referrer", "referer", "ref_src", "ref_url", "source", "src", "from", "via", "share", "shared", "partner",
    "rss", "feed", "rssfeed", "cid", "campaign", "medium", "origin", "link_source",
    "comefrom", "fromsource", "kid", "intcid",
    "intcmp", "int", "cmpgn", "mod", "sh", "social",
    "ref_", "trk", "trackingid", "mc", "emc", "cmp", "ito", "ico", "iref", "rpc", "feedtype", "feedname", "ad_id",
    "campaign_id", "campaignid",
})

# The names that servers give their session parameters; nothing else has these names.
SESSION_NAMES: Final[frozenset[str]] = frozenset({
    "phpsessid", "jsessionid", "aspsessionid", "cfid", "cftoken", "zenid", "oscsid", "osc_sid", "asp.net_sessionid",
})
# Names of a session on one site, and of an article, a topic or a sitting of parliament on another: one address alone
# does not decide (`crawler.discover.url_sessions`).
SOFT_SESSION_NAMES: Final[frozenset[str]] = frozenset({
    "s", "sid", "session", "sess", "sessionid", "session_id", "sess_id", "sessid", "_session_id", "token_id",
})

# (parameter, value): the same article for another device. The value "" means a bare or empty parameter.
VARIANT_PARAMS: Final[frozenset[tuple[str, str]]] = frozenset(
    {("amp", value) for value in ("", "1", "true", "amp", "yes")}
    | {("outputtype", "amp"), ("output", "amp"), ("output-type", "amp"), ("format", "amp"), ("view", "amp")}
    | {("type", "amp"), ("view", "mobile"), ("mobile", "1"), ("mobile", "true"), ("m", "1"), ("nomobile", "1")}
    | {("outputtype", "mobile"), ("is_amp", "1"), ("amp_markup", "1"), ("no_cache", "1")}
)

# Labels left of the registered domain that name a device (en.m.wikipedia.org, amp.theguardian.com).
VARIANT_LABELS: Final[frozenset[str]] = frozenset({"m", "mobile", "amp", "wap", "mobil"})

# Last path segments that name the directory itself (the defaults of Apache, nginx and IIS).
INDEX_PAGES: Final[frozenset[str]] = frozenset(
    {"index." + kind for kind in ("html", "htm", "php", "php3", "php5", "asp", "aspx", "jsp", "shtml", "xhtml", "cfm")}
    | {"default.asp", "default.aspx", "default.htm", "default.html", "index.amp.html"}
)
# fmt: on
