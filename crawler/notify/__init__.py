"""Delivery of alerts to people and programs."""

from crawler.notify.message import Message, alert_json, render, render_line
from crawler.notify.retry import next_attempt
from crawler.notify.sender import Sender
from crawler.notify.senders import sender_for

__all__ = ["Message", "Sender", "alert_json", "next_attempt", "render", "render_line", "sender_for"]
