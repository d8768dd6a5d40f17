"""Near misses: how many planted ones are among the first 20 of their rule, and how long an answer takes.

    python benchmarks/near_misses.py [--articles 100000] [--url sqlite:////tmp/near.db]

40 rules in 12 languages. For each: 8 hits, 5 planted near misses (another spelling, another script, another form, a
NEAR that is too wide, a word of the text instead of the title, an excluded word, a missing word in an article like the
hits), and 40 articles that hold one of its words and have nothing to do with it. All among made-up articles
(archive_million.py). Prints the share of planted near misses among the first 20, by kind, and the seconds of an answer.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from archive_million import made_up

from crawler.archive import Archive, Entry
from crawler.items import Article
from crawler.rules import RuleSpec, compile_rule
from crawler.usecases.near_misses import near_misses

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Words(NamedTuple):
    """What is planted in one language."""

    name: str
    misspelt: str
    other_script: str
    place: str
    place_misspelt: str
    event: str
    event_form: str
    excluded: str
    filler: str


LANGUAGES = {
    "en": Words("Lukashenko", "Lukashenka", "Лукашенко", "Rotterdam", "Roterdam", "strike", "strikes", "football",
                "workers harbour union wages cranes containers ships talks monday employers demand offer"),
    "de": Words("Kretschmann", "Kretschman", "Кречманн", "Hannover", "Hanover", "Hochwasser", "Hochwassers", "Fußball",
                "Deich Pegel Feuerwehr Keller Anwohner Regen Leine Sandsäcke Evakuierung Stadtrat Lage Nacht"),
    "fr": Words("Varoufakis", "Varoufaki", "Βαρουφάκης", "Marseille", "Marseilles", "grève", "grèves", "rugby",
                "syndicats salariés port dockers direction salaires négociations préavis mardi reprise blocage accord"),
    "es": Words("Netanyahu", "Netanyahou", "Нетаньяху", "Zaragoza", "Saragoza", "incendio", "incendios", "fútbol",
                "bomberos hectáreas monte vecinos evacuados viento llamas alcaldesa emergencia medios aéreos noche"),
    "it": Words("Mitsotakis", "Mitsotaki", "Μητσοτάκης", "Bologna", "Bolonga", "alluvione", "alluvioni", "calcio",
                "fiume argini sindaco protezione civile famiglie sfollate pioggia danni governo fondi volontari fango"),
    "pt": Words("Zelensky", "Zelenski", "Зеленский", "Coimbra", "Coinbra", "seca", "secas", "futebol",
                "barragem agricultores água nível governo medidas verão chuva reservas consumo concelho apoio"),
    "nl": Words("Stoltenberg", "Stoltenburg", "Столтенберг", "Groningen", "Groninge", "aardbeving", "aardbevingen",
                "voetbal",
                "gaswinning schade huizen bewoners kabinet scheuren herstel provincie kracht beving vergoeding"),
    "sv": Words("Mikhailov", "Mikhaylov", "Михаилов", "Göteborg", "Götebrog", "sprängning", "sprängningar", "hockey",
                "polisen trapphus boende utredning gripen tekniker natten bostadsområde larm bomb skador vittnen"),
    "ru": Words("Навальный", "Навалный", "navalny", "Саратов", "Сарратов", "паводок", "паводка", "футбол",
                "река уровень спасатели жители дома мост эвакуация область губернатор вода дамба посёлок"),
    "el": Words("Τσίπρας", "Τσίπρα", "tsipras", "Θεσσαλονίκη", "Θεσαλονίκη", "απεργία", "απεργίες", "ποδόσφαιρο",
                "εργαζόμενοι λιμάνι συνδικάτο μισθοί κυβέρνηση πορεία συγκέντρωση υπουργός αύξηση αιτήματα δρόμοι"),
    "tr": Words("Putinov", "Putnov", "Путинов", "Eskişehir", "Eskişehr", "deprem", "depremler", "futbol",
                "bina enkaz arama kurtarma ekipler hastane yaralı merkez büyüklük valilik çadır yardım"),
    "no": Words("Baghdadi", "Bagdadi", "بغدادي", "Trondheim", "Trondhjem", "streik", "streiken", "fotball",
                "arbeidere forbund lønn mekling havn ferger bedrift krav forhandlinger tilbud ansatte mandag"),
}  # fmt: skip


class Planted(NamedTuple):
    """A rule, its hits, and its near misses as (kind, title, text)."""

    id: str
    query: str
    hits: list[tuple[str, str]]
    misses: list[tuple[str, str, str]]
    words: tuple[str, ...]


def rules() -> Iterator[Planted]:
    rng = random.Random(5)

    def text_with(w: Words, *words: str, gap: int = 2) -> str:
        filler = w.filler.split()
        parts = [" ".join(rng.sample(filler, 6))]
        for word in words:
            parts += [word, " ".join(rng.choices(filler, k=gap))]
        return " ".join((*parts, *rng.choices(filler, k=30)))

    for language, w in LANGUAGES.items():
        title = " ".join(w.filler.split()[:3])
        yield Planted(
            f"{language}-name", w.name,
            [(title, text_with(w, w.name)) for _ in range(8)],
            [*(("spelling", title, text_with(w, w.misspelt)) for _ in range(3)),
             *(("script", title, text_with(w, w.other_script)) for _ in range(2))], (),
        )  # fmt: skip
        yield Planted(
            f"{language}-and", f'"{w.place}" AND "{w.event}"',
            [(title, text_with(w, w.place, w.event)) for _ in range(8)],
            [*(("form", title, text_with(w, w.place, w.event_form)) for _ in range(2)),
             *(("spelling", title, text_with(w, w.place_misspelt, w.event)) for _ in range(2)),
             ("missing", title, text_with(w, w.place))], (w.place, w.event),
        )  # fmt: skip
        yield Planted(
            f"{language}-near", f'"{w.event}" NEAR/4 "{w.place}" NOT "{w.excluded}"',
            [(title, text_with(w, w.event, w.place)) for _ in range(8)],
            [*(("distance", title, text_with(w, w.event, w.place, gap=8)) for _ in range(2)),
             *(("excluded", title, text_with(w, w.event, w.place, w.excluded)) for _ in range(2)),
             ("form", title, text_with(w, w.event_form, w.place))], (w.place, w.event),
        )  # fmt: skip
    for language in ("en", "de", "es", "ru"):
        w = LANGUAGES[language]
        yield Planted(
            f"{language}-title", f'title:"{w.event}" AND "{w.place}"',
            [(f"{w.event} {w.filler[:20]}", text_with(w, w.place)) for _ in range(8)],
            [*(("field", w.filler[:20], text_with(w, w.place, w.event)) for _ in range(3)),
             *(("form", f"{w.event_form} {w.filler[:20]}", text_with(w, w.place)) for _ in range(2))],
            (w.place, w.event),
        )  # fmt: skip


def fill(archive: Archive, count: int) -> tuple[list[Planted], dict[str, tuple[str, str]]]:
    """Store all articles; return the rules, and the planted near misses by address: (rule, kind)."""
    rng = random.Random(7)
    planted, where, articles = [*rules()], {}, []
    for rule in planted:
        language = rule.id.partition("-")[0]
        for number, (title, text) in enumerate(rule.hits):
            articles.append(Article(f"https://{rule.id}.example.org/hit/{number}", title, text, language=language))
        for number, (kind, title, text) in enumerate(rule.misses):
            url = f"https://{rule.id}.example.org/miss/{number}"
            where[url] = (rule.id, kind)
            articles.append(Article(url, title, text, language=language))
    noise = made_up(count)
    for rule in planted:
        for number, article in zip(range(40), noise, strict=False):
            if rule.words:
                text = f"{article.text} {rng.choice(rule.words)} {article.title}"
                articles.append(
                    Article(f"https://noise.example.org/{rule.id}/{number}", article.title, text, language="en")
                )
    articles += noise
    rng.shuffle(articles)
    step = timedelta(days=28) / len(articles)
    for at in range(0, len(articles), 500):
        some = articles[at : at + 500]
        archive.store(
            [Entry(_found(article, NOW - timedelta(days=29) + step * (at + n))) for n, article in enumerate(some)]
        )
    return planted, where


def _found(article: Article, when: datetime) -> Article:
    return replace(article, found=when, canonical_url=article.url)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--articles", type=int, default=20_000)
    options.add_argument("--url", default="")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{Path(folder) / 'near.db'}"
        with Archive.open(url) as archive:
            planted, where = fill(archive, chosen.articles)
            measure(archive, planted, where)


def measure(archive: Archive, planted: list[Planted], where: dict[str, tuple[str, str]]) -> None:
    total, found, seconds = Counter(kind for _, kind in where.values()), Counter(), []
    for rule in planted:
        report = near_misses(archive, compile_rule(RuleSpec(rule.id, rule.query)), NOW - timedelta(days=30))
        seconds.append(report.seconds)
        first = {one.article.url for one in report.missed}
        mine = {url: kind for url, (name, kind) in where.items() if name == rule.id}
        found.update(kind for url, kind in mine.items() if url in first)
        lost = [kind for url, kind in mine.items() if url not in first]
        if lost:
            print(f"  {rule.id}: {rule.query}: not among the first 20: {', '.join(lost)} ({report.examined} examined)")
    for kind, count in total.items():
        print(f"{kind:10} {found[kind]:3} of {count}")
    print(f"all        {sum(found.values())} of {sum(total.values())}: {sum(found.values()) / sum(total.values()):.3f}")
    print(f"seconds: median {statistics.median(seconds):.2f}, at most {max(seconds):.2f}")


if __name__ == "__main__":
    main()
