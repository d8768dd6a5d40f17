from __future__ import annotations

from datetime import timedelta

from archive_samples import NOW, make_article, make_entry

from crawler.archive import Archive, DeliveryState, Due

LATER = NOW + timedelta(hours=1)


def test_a_message_walks_through_its_life(archive: Archive):
    outbox = archive.outbox
    archive.store([make_entry(make_article(n), "a", channels=("desk", "phone")) for n in (1, 2)])
    waiting = outbox.waiting()
    assert [(one.channel, one.rule, one.matched) for one in waiting] == [("desk", "a", NOW), ("phone", "a", NOW)] * 2
    desk = [one.id for one in waiting if one.channel == "desk"]
    phone = [one.id for one in waiting if one.channel == "phone"]
    assert outbox.due(NOW) == []
    assert outbox.bundle("m", "group", desk, NOW) == 2
    assert outbox.bundle("other", "group", desk, NOW) == 0, "a delivery goes into one message, once"
    assert outbox.bundle("m", "alert", phone[:1], NOW) == 1, "two channels may carry the same id"
    assert [one.id for one in outbox.waiting()] == phone[1:]
    assert outbox.due(NOW - timedelta(seconds=1)) == []
    assert outbox.due(NOW) == [Due("desk", "m", 0, NOW), Due("phone", "m", 0, NOW)]

    letter = outbox.message("desk", "m")
    assert letter is not None
    assert (letter.form, len(letter.alerts), letter.created, letter.attempts) == ("group", 2, NOW, 0)
    assert outbox.mark_sent("desk", "m", NOW) == 2
    assert outbox.mark_sent("desk", "m", NOW) == 0
    assert outbox.mark_failed("desk", "m", NOW, "late") == 0
    assert outbox.message("desk", "m") is None
    sent = outbox.delivery(desk[0])
    assert sent is not None
    assert (sent.state, sent.attempts, sent.settled, sent.message) == (DeliveryState.SENT, 1, NOW, "m")

    later = NOW + timedelta(minutes=5)
    assert outbox.mark_failed("phone", "m", later, "HTTP 503\nbusy") == 1
    assert outbox.due(NOW) == []
    assert outbox.due(later) == [Due("phone", "m", 1, later)]
    assert outbox.postpone("phone", "m", NOW) == 1
    assert outbox.due(NOW) == [Due("phone", "m", 1, NOW)], "not counted as an attempt"
    assert outbox.mark_dead("phone", "m", later, "x" * 9000) == 1
    (dead,) = outbox.deliveries(state=DeliveryState.DEAD)
    assert (dead.attempts, len(dead.last_error)) == (2, 500)
    assert archive.counts().dead == 1
    assert outbox.replay(later, channel="desk") == 0, "it was sent, not dead"
    assert outbox.replay(later, alert_id="nobody") == 0
    assert outbox.replay(later, alert_id=dead.alert.id, channel="phone") == 1
    assert outbox.due(later) == [Due("phone", "m", 0, later)], "with the same id"
    assert {d.channel for d in outbox.deliveries(alert_id=dead.alert.id)} == {"desk", "phone"}
    assert outbox.delivery(999) is None


def test_what_a_plan_reads(archive: Archive):
    outbox = archive.outbox
    archive.store([make_entry(make_article(n), "a") for n in range(5)])
    ids = [one.id for one in outbox.waiting()]
    for n, number in enumerate(ids[:3]):
        outbox.bundle(f"m{n}", "digest" if n == 1 else "alert", [number], NOW + timedelta(minutes=n))
    assert len(outbox.created("desk", NOW, LATER)) == 3
    assert outbox.created("desk", NOW + timedelta(minutes=2), LATER) == [NOW + timedelta(minutes=2)]
    assert outbox.created("phone", NOW, LATER) == []
    assert outbox.last_created("desk", "digest", LATER) == NOW + timedelta(minutes=1)
    assert outbox.last_created("phone", "digest", LATER) is None
    assert outbox.created("desk", NOW, NOW) == [NOW], "a clock that was ahead made the others"
    assert outbox.last_created("desk", "digest", NOW) is None
    assert outbox.silence(ids, NOW, "rule a is silent") == 2, "what a message carries is not silenced"
    assert archive.counts().pending == 3


def test_an_attempt_that_no_plan_would_put_so_late_is_due(archive: Archive):
    """The clock was a year ahead when it was planned."""
    outbox = archive.outbox
    archive.store([make_entry(make_article(n), "a") for n in range(2)])
    for n, one in enumerate(outbox.waiting()):
        outbox.bundle(f"m{n}", "alert", [one.id], NOW)
    outbox.mark_failed("desk", "m0", NOW + timedelta(hours=24), "asked for a day")
    outbox.mark_failed("desk", "m1", NOW + timedelta(days=365), "by another clock")
    assert [due.message for due in outbox.due(NOW)] == ["m1"]


def test_a_channel_with_a_pile_hides_no_other(archive: Archive):
    outbox = archive.outbox
    archive.store([make_entry(make_article(n), "a", channels=("hangs",)) for n in range(9)])
    archive.store([make_entry(make_article(99), "a", channels=("desk", "hangs"))])
    assert [one.channel for one in outbox.waiting(limit=3)] == ["hangs"] * 3 + ["desk"]
    for n, one in enumerate(outbox.waiting()):
        outbox.bundle(f"m{n}", "alert", [one.id], NOW + timedelta(seconds=n))
    due = outbox.due(NOW + timedelta(minutes=1), limit=3)
    assert [(one.channel, one.message) for one in due] == [
        ("hangs", "m0"),
        ("hangs", "m1"),
        ("hangs", "m2"),
        ("desk", "m9"),
    ]


def test_silences_end_by_themselves_and_by_hand(archive: Archive):
    outbox = archive.outbox
    outbox.add_silence("rule", "a", NOW + timedelta(hours=1), NOW)
    outbox.add_silence("story", "s\x00", NOW + timedelta(hours=2), NOW)
    assert [(one.what, one.name) for one in outbox.silences(NOW)] == [("rule", "a"), ("story", "s\ufffd")]
    assert [one.what for one in outbox.silences(NOW + timedelta(hours=1))] == ["story"]
    assert outbox.end_silences("story", "s\x00") == 1
    assert outbox.end_silences("story", "s\x00") == 0


def test_closed_channels(archive: Archive):
    outbox = archive.outbox
    outbox.disable("desk", "f1", NOW, "410\nGone")
    outbox.disable("desk", "f2", NOW, "410 again")
    (closed,) = outbox.disabled().values()
    assert (closed.channel, closed.address, closed.reason) == ("desk", "f2", "410 again")
    assert outbox.enable("desk")
    assert not outbox.enable("desk")


def test_messages_that_reached_no_host_are_due_soon_one_after_the_other(archive: Archive):
    outbox, spread = archive.outbox, timedelta(seconds=20)
    errors = {
        "a": "desk: network unreachable",
        "b": "desk: no answer within 20 s",
        "c": "desk: answered 503",
        "d": "",  # the first attempt is under way
    }
    archive.store([make_entry(make_article(n), "a", channels=("desk", "phone")) for n in range(len(errors))])
    for number, one in enumerate(outbox.waiting()):
        outbox.bundle("abcd"[number // 2], "alert", [one.id], NOW)
    for name, error in errors.items():
        for channel in ("desk", "phone"):
            if error:
                outbox.mark_failed(channel, name, LATER, error)
    assert outbox.retry_unreached(NOW, spread, "desk") == 2
    soon = [(one.channel, one.message, one.attempts) for one in outbox.due(NOW + spread) if one.message in "ab"]
    assert soon == [("desk", "a", 0), ("desk", "b", 0)]
    assert len(outbox.due(NOW)) == 3, "two wait for their first attempt, and one is due again at once"
    assert outbox.retry_unreached(NOW, spread) == 2, "those of the other channel"
    assert {(one.message, one.attempts) for one in outbox.due(LATER) if one.message == "c"} == {("c", 1)}
