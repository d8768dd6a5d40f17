"""Sites that are linked from articles and are not outlets: a conservative list, by registered domain."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# fmt: off
_SOCIAL: Final = frozenset({
    "facebook.com", "fb.com", "fb.me", "fb.watch", "instagram.com", "twitter.com", "x.com", "t.co", "threads.net",
    "threads.com", "bsky.app", "mastodon.social", "linkedin.com", "lnkd.in", "tiktok.com", "snapchat.com",
    "pinterest.com", "reddit.com", "redd.it", "tumblr.com", "vk.com", "vk.ru", "ok.ru", "t.me", "telegram.org",
    "telegram.me", "whatsapp.com", "wa.me", "discord.com", "discord.gg", "weibo.com", "weibo.cn", "wechat.com",
    "qq.com", "line.me", "truthsocial.com", "quora.com", "medium.com", "xing.com", "nextdoor.com", "signal.org",
    "linktr.ee", "patreon.com", "gravatar.com",
})
_MEDIA: Final = frozenset({
    "youtube.com", "youtu.be", "youtube-nocookie.com", "vimeo.com", "dailymotion.com", "dai.ly", "rumble.com",
    "twitch.tv", "bitchute.com", "odysee.com", "spotify.com", "soundcloud.com", "deezer.com", "flickr.com",
    "imgur.com", "giphy.com", "tenor.com", "gettyimages.com", "shutterstock.com", "istockphoto.com", "alamy.com",
    "unsplash.com", "datawrapper.de", "dwcdn.net", "infogram.com", "flourish.studio", "documentcloud.org",
    "scribd.com", "issuu.com", "slideshare.net", "netflix.com", "audioboom.com", "megaphone.fm", "acast.com",
})
_SHOPS: Final = frozenset({
    "amazon.com", "amazon.co.uk", "amazon.de", "amazon.fr", "amazon.es", "amazon.it", "amazon.ca", "amazon.in",
    "amzn.to", "a.co", "ebay.com", "ebay.co.uk", "ebay.de", "etsy.com", "walmart.com", "target.com", "bestbuy.com",
    "aliexpress.com", "alibaba.com", "bookshop.org", "waterstones.com", "thalia.de", "fnac.com", "booking.com",
    "tripadvisor.com", "airbnb.com", "ticketmaster.com", "eventbrite.com", "gofundme.com", "paypal.com", "stripe.com",
    "kickstarter.com", "change.org", "goodreads.com",
})
_ADS_AND_SHORT: Final = frozenset({
    "doubleclick.net", "googlesyndication.com", "googleadservices.com", "googletagmanager.com", "google-analytics.com",
    "outbrain.com", "taboola.com", "criteo.com", "adnxs.com", "awin1.com", "skimresources.com", "shareasale.com",
    "viglink.com", "linksynergy.com", "tradedoubler.com", "dpbolvw.net", "anrdoezrs.net", "jdoqocy.com",
    "list-manage.com", "mailchi.mp", "sendgrid.net", "bit.ly", "bitly.com", "tinyurl.com", "goo.gl", "ow.ly",
    "buff.ly", "dlvr.it", "is.gd", "trib.al", "cutt.ly", "rebrand.ly", "shorturl.at", "tiny.cc", "rb.gy", "u.to",
    "feedburner.com", "piano.io", "onetrust.com", "addtoany.com", "addthis.com", "disqus.com",
})
_SERVICES: Final = frozenset({
    "google.com", "google.co.uk", "google.de", "google.fr", "g.co", "g.page", "goo.gle", "withgoogle.com", "bing.com",
    "duckduckgo.com", "baidu.com", "apple.com", "apple.news", "microsoft.com", "live.com", "office.com",
    "play.google", "huawei.com", "mozilla.org", "adobe.com", "cloudflare.com", "github.com", "gitlab.com",
    "openstreetmap.org", "archive.org", "archive.is", "archive.ph", "archive.today", "dropbox.com", "zoom.us",
    "wordpress.com", "wordpress.org", "blogger.com", "substack.com", "wix.com", "squarespace.com", "canva.com",
    "typeform.com", "surveymonkey.com", "openai.com", "chatgpt.com", "doi.org", "arxiv.org", "ssrn.com", "nature.com",
    "sciencedirect.com", "springer.com", "jstor.org", "imdb.com", "weforum.org", "worldbank.org", "imf.org", "un.org",
    "oecd.org", "nato.int", "icc-cpi.int", "europa.eu", "bund.de", "bundestag.de", "admin.ch", "gouv.fr", "nhs.uk",
    "parliament.uk", "w3.org", "schema.org",
})
_WIKIS: Final = frozenset({
    "wikipedia.org", "wikimedia.org", "wikidata.org", "wiktionary.org", "wikisource.org", "wikileaks.org", "fandom.com",
    "britannica.com", "wikihow.com",
})
# fmt: on
_NOT_OUTLETS: Final = _SOCIAL | _MEDIA | _SHOPS | _ADS_AND_SHORT | _SERVICES | _WIKIS
_OFFICIAL: Final = re.compile(
    r"(?:^|\.)(?:gov|mil|edu|int|govt|gouv|gob|gov\.[a-z]{2}|gob\.[a-z]{2}|gouv\.[a-z]{2}|go\.(?:jp|kr|ke|th|tz|ug|id|cr)"
    r"|govt\.nz|gv\.at|gc\.ca|mil\.[a-z]{2}|edu\.[a-z]{2}|ac\.[a-z]{2})$"
)
_AFFIXES: Final = (
    "the", "online", "news", "media", "group", "gruppe", "verlag", "tv", "shop", "jobs", "plus", "live", "digital",
    "abo", "shopping", "service", "services", "events", "academy", "press", "my", "de", "uk",
)  # fmt: skip


def may_be_outlet(domain: str) -> bool:
    """Return whether a registered domain is not known to be something else: official sites, social networks, shops."""
    named = "." in domain and not domain[-1].isdigit() and domain[0] != "["  # not an IP address
    return named and domain not in _NOT_OUTLETS and not _OFFICIAL.search(domain)


@lru_cache(maxsize=65_536)
def is_sister(domain: str, other: str) -> bool:
    """Return whether two registered domains have one name: bbc.com and bbc.co.uk, spiegel.de and spiegelgruppe.de."""
    one, two = sorted((_label(domain), _label(other)), key=len)
    if one == two:
        return True
    left = two.replace(one, "", 1).strip("-")
    return len(one) >= 3 and one in two and left in _AFFIXES  # noqa: PLR2004  of shorter names, one may be chance


def _label(domain: str) -> str:
    return domain.removeprefix("www.").partition(".")[0]  # www: of a domain that is in no list of suffixes
