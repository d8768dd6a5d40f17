"""Outlets that are often named without a link, with the address of their site where it is known."""

from __future__ import annotations

from typing import Final, NamedTuple

from crawler.dedupe.urls import registered_domain

# Wire services as `crawler.extract.fields.about` names them. "": no address that a reader could watch is known.
_AGENCIES: Final = {
    "AFP": "afp.com", "Reuters": "reuters.com", "AP": "apnews.com", "dpa": "dpa.com", "ANSA": "ansa.it",
    "EFE": "efe.com", "TASS": "tass.com", "RIA Novosti": "ria.ru", "Interfax": "interfax.com",
    "Xinhua": "xinhuanet.com", "PTI": "ptinews.com", "ANI": "aninews.in", "IANS": "ians.in", "PA Media": "",
    "APA": "apa.at", "Keystone-SDA": "keystone-sda.ch", "Belga": "belganewsagency.eu", "ANP": "anp.nl",
    "Ritzau": "ritzau.dk", "NTB": "ntb.no", "STT": "stt.fi", "ČTK": "ceskenoviny.cz", "PAP": "pap.pl",
    "Lusa": "lusa.pt", "Bloomberg": "bloomberg.com", "AAP": "aapnews.com.au", "Kyodo": "kyodonews.net",
    "Jiji": "jiji.com", "Yonhap": "yna.co.kr", "UPI": "upi.com", "Canadian Press": "thecanadianpress.com", "SID": "",
    "KNA": "kna.de", "epd": "epd.de", "Bernama": "bernama.com", "Antara": "antaranews.com", "Anadolu": "aa.com.tr",
}  # fmt: skip
# Their names in a text, beside the ones above.
_AGENCY_NAMES: Final = {
    "Agence France-Presse": "AFP", "Associated Press": "AP", "Deutsche Presse-Agentur": "dpa", "DPA": "dpa",
    "Thomson Reuters": "Reuters", "Kyodo News": "Kyodo", "Yonhap News Agency": "Yonhap", "Jiji Press": "Jiji",
    "Anadolu Agency": "Anadolu", "Agencia EFE": "EFE", "Efe": "EFE", "Ansa": "ANSA", "Tass": "TASS",
    "Press Trust of India": "PTI", "Press Association": "PA Media", "Bloomberg News": "Bloomberg",
    "Agenzia Ansa": "ANSA", "Agência Lusa": "Lusa", "Evangelischer Pressedienst": "epd",
}  # fmt: skip
# fmt: off
_OUTLETS: Final = {
    "New York Times": "nytimes.com", "Washington Post": "washingtonpost.com", "Wall Street Journal": "wsj.com",
    "Los Angeles Times": "latimes.com", "Chicago Tribune": "chicagotribune.com", "Boston Globe": "bostonglobe.com",
    "USA Today": "usatoday.com", "Politico": "politico.com", "Axios": "axios.com", "CNN": "cnn.com",
    "NBC News": "nbcnews.com", "CBS News": "cbsnews.com", "ABC News": "go.com", "Fox News": "foxnews.com",
    "NPR": "npr.org", "ProPublica": "propublica.org", "Vice News": "vice.com", "Newsweek": "newsweek.com",
    "Guardian": "theguardian.com", "Financial Times": "ft.com", "Daily Telegraph": "telegraph.co.uk",
    "Telegraph": "telegraph.co.uk", "Daily Mail": "dailymail.co.uk", "BBC": "bbc.com", "BBC News": "bbc.com",
    "Sky News": "sky.com", "ITV News": "itv.com", "Irish Times": "irishtimes.com", "RTÉ": "rte.ie",
    "Economist": "economist.com", "Bellingcat": "bellingcat.com", "Al Jazeera": "aljazeera.com",
    "Al-Jazeera": "aljazeera.com", "Haaretz": "haaretz.com", "Times of Israel": "timesofisrael.com",
    "Jerusalem Post": "jpost.com", "Ynet": "ynet.co.il", "Middle East Eye": "middleeasteye.net",
    "Al Arabiya": "alarabiya.net", "South China Morning Post": "scmp.com", "Global Times": "globaltimes.cn",
    "Nikkei Asia": "nikkei.com", "Japan Times": "japantimes.co.jp", "NHK": "nhk.or.jp",
    "Straits Times": "straitstimes.com",
    "Times of India": "indiatimes.com", "Hindustan Times": "hindustantimes.com", "Indian Express": "indianexpress.com",
    "Sydney Morning Herald": "smh.com.au", "Globe and Mail": "theglobeandmail.com", "CBC": "cbc.ca",
    "Daily Maverick": "dailymaverick.co.za", "Mail & Guardian": "mg.co.za", "Daily Nation": "nation.africa",
    "Premium Times": "premiumtimesng.com", "Kyiv Independent": "kyivindependent.com",
    "Ukrainska Pravda": "pravda.com.ua",
    "Meduza": "meduza.io", "Moscow Times": "themoscowtimes.com", "Novaya Gazeta": "novayagazeta.eu",
    "Kommersant": "kommersant.ru", "Mediazona": "zona.media", "Radio Free Europe": "rferl.org",
    "Euronews": "euronews.com",
    "Spiegel": "spiegel.de", "Süddeutsche Zeitung": "sueddeutsche.de", "Süddeutschen Zeitung": "sueddeutsche.de",
    "Frankfurter Allgemeine Zeitung": "faz.net", "Frankfurter Allgemeinen Zeitung": "faz.net", "FAZ": "faz.net",
    "Tagesspiegel": "tagesspiegel.de", "Handelsblatt": "handelsblatt.com", "Tagesschau": "tagesschau.de",
    "Deutschlandfunk": "deutschlandfunk.de", "Neue Zürcher Zeitung": "nzz.ch", "Neuen Zürcher Zeitung": "nzz.ch",
    "NZZ": "nzz.ch", "Tages-Anzeiger": "tagesanzeiger.ch", "Bild-Zeitung": "bild.de", "Bild am Sonntag": "bild.de",
    "Zeit Online": "zeit.de", "Correctiv": "correctiv.org", "Figaro": "lefigaro.fr",
    "Mediapart": "mediapart.fr", "Ouest-France": "ouest-france.fr", "BFMTV": "bfmtv.com",
    "France Info": "franceinfo.fr",
    "Franceinfo": "franceinfo.fr", "Canard enchaîné": "lecanardenchaine.fr",
    "Monde diplomatique": "monde-diplomatique.fr",
    "El Confidencial": "elconfidencial.com", "Eldiario.es": "eldiario.es", "Europa Press": "europapress.es",
    "La Vanguardia": "lavanguardia.com", "Clarín": "clarin.com", "Corriere della Sera": "corriere.it",
    "Sole 24 Ore": "ilsole24ore.com", "Fatto Quotidiano": "ilfattoquotidiano.it", "Folha de S.Paulo": "uol.com.br",
    "Folha de S. Paulo": "uol.com.br", "Estadão": "estadao.com.br", "O Globo": "globo.com",
    "Diário de Notícias": "dn.pt", "Volkskrant": "volkskrant.nl", "NRC": "nrc.nl", "Telegraaf": "telegraaf.nl",
    "NOS": "nos.nl", "RTL Nieuws": "rtl.nl", "Het Laatste Nieuws": "hln.be",
}
# Names that are ordinary words, or abbreviations of other things too: `crawler.extract.citations.names` wants them
# written as titles.
_ORDINARY: Final = {
    "Sun": "thesun.co.uk", "Mirror": "mirror.co.uk", "Daily Mirror": "mirror.co.uk", "Times": "thetimes.com",
    "Independent": "independent.co.uk", "Observer": "observer.co.uk", "Express": "express.co.uk", "Star": "thestar.com",
    "Time": "time.com", "Atlantic": "theatlantic.com", "Hill": "thehill.com", "Intercept": "theintercept.com",
    "Economic Times": "indiatimes.com", "National": "thenationalnews.com", "Hindu": "thehindu.com",
    "Standard": "standard.co.uk", "Zeit": "zeit.de", "Welt": "welt.de", "Bild": "bild.de", "Stern": "stern.de",
    "Focus": "focus.de", "Presse": "diepresse.com", "Blick": "blick.ch",
    "Monde": "lemonde.fr", "Point": "lepoint.fr", "Parisien": "leparisien.fr", "Croix": "la-croix.com",
    "Libération": "liberation.fr", "Échos": "lesechos.fr", "Équipe": "lequipe.fr",
    "País": "elpais.com", "Mundo": "elmundo.es", "Razón": "larazon.es", "Nación": "lanacion.com.ar",
    "Stampa": "lastampa.it", "Repubblica": "repubblica.it", "Messaggero": "ilmessaggero.it", "Público": "publico.pt",
    "Expresso": "expresso.pt", "Globo": "globo.com", "Trouw": "trouw.nl", "Standaard": "standaard.be",
}
# fmt: on
_ABBREVIATIONS: Final = frozenset({"AP", "PTI", "ANI", "PAP", "SID", "APA", "STT", "NTB", "PA Media", "KNA", "ANP"})
_MEDIA_WORDS: Final = frozenset({
    "times", "post", "news", "tribune", "herald", "gazette", "journal", "chronicle", "courier", "observer", "telegraph",
    "daily", "weekly", "magazine", "tv", "radio", "agency", "press", "zeitung", "nachrichten", "anzeiger", "kurier",
    "rundfunk", "rundschau", "tageblatt", "blatt", "allgemeine", "gazzetta", "giornale", "diario", "periódico",
    "noticias", "jornal", "gazeta", "dagblad", "courant", "presse", "dépêche", "quotidien",
})  # fmt: skip


class Outlet(NamedTuple):
    """An outlet by its name. `domain` "": not known. `ordinary`: the name is also a word or means other things."""

    name: str
    domain: str
    ordinary: bool = False
    agency: bool = False


_KNOWN: Final = {
    **{name.casefold(): Outlet(name, domain) for name, domain in _OUTLETS.items()},
    **{name.casefold(): Outlet(name, domain, ordinary=True) for name, domain in _ORDINARY.items()},
    **{name.casefold(): Outlet(name, site, name in _ABBREVIATIONS, agency=True) for name, site in _AGENCIES.items()},
    **{name.casefold(): Outlet(code, _AGENCIES[code], agency=True) for name, code in _AGENCY_NAMES.items()},
}
_ARTICLES: Final = ("the ", "der ", "die ", "das ", "dem ", "den ", "le ", "la ", "les ", "l'", "el ", "il ", "lo ",
                    "o ", "a ", "de ", "het ")  # fmt: skip


def known(name: str) -> Outlet | None:
    """Return the outlet of a name, with or without its article, or None."""
    folded = name.casefold().replace("’", "'")
    if folded in _KNOWN:
        return _KNOWN[folded]
    return next((_KNOWN.get(folded.removeprefix(one)) for one in _ARTICLES if folded.startswith(one)), None)


def of_domain(domain: str) -> Outlet | None:
    """Return the outlet of a registered domain, or None; agencies first."""
    return _BY_DOMAIN.get(domain)


def looks_like_outlet(name: str) -> bool:
    """Return whether a name of two words or more has a word that names of outlets have: "Kivu Morning Post"."""
    words = name.casefold().split()
    return len(words) > 1 and any(word in _MEDIA_WORDS for word in (words[0], words[-1]))


def _by_domain() -> dict[str, Outlet]:
    found: dict[str, Outlet] = {}
    for one in _KNOWN.values():
        if one.domain and (one.agency or one.domain not in found):
            found[registered_domain(f"https://{one.domain}/")] = one
    return found


_BY_DOMAIN: Final = _by_domain()
