"""Delivery of alerts to people and programs."""

from crawler.notify.message import Dispatch, Message, alert_json, render, render_line
from crawler.notify.planning import Bundle, Form, Plan, Policy, Waiting, plan
from crawler.notify.retry import next_attempt
from crawler.notify.sender import Sender
from crawler.notify.senders import sender_for
from crawler.notify.templating import Templates, check_template

__all__ = [
    "Bundle",
    "Dispatch",
    "Form",
    "Message",
    "Plan",
    "Policy",
    "Sender",
    "Templates",
    "Waiting",
    "alert_json",
    "check_template",
    "next_attempt",
    "plan",
    "render",
    "render_line",
    "sender_for",
]
