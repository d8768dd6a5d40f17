// Shows times in the reader's time zone and locale, with UTC in the tooltip. Without this script, times stay as rendered.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const zone = new Intl.DateTimeFormat().resolvedOptions();
  const writer = (options) => new Intl.DateTimeFormat(undefined, options);
  const hour = writer({ timeStyle: "short" });
  const day = writer({ day: "numeric", month: "short" });
  const year = writer({ dateStyle: "medium" });
  const full = writer({ dateStyle: "medium", timeStyle: "long" });
  const write = {
    hour: (date) => hour.format(date),
    day: (date) => `${day.format(date)} ${hour.format(date)}`,
    year: (date) => year.format(date),
    full: (date) => full.format(date),
  };
  const english = (options) => new Intl.DateTimeFormat("en-GB", options); // the language of the page
  const weekday = english({ weekday: "long" });
  const month = english({ month: "long" });
  const utc = (date) => `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
  const back = (date) => Math.round((midnight(new Date()) - midnight(date)) / 86400000); // days, which may have 23 hours

  // A time with a title is shown short; the title has the full time. Under the heading of a day, the hour is enough.
  const form = (time, date) => {
    if (!time.title) return "full";
    if (time.closest(".day") || back(date) === 0) return "hour";
    return date.getFullYear() === new Date().getFullYear() ? "day" : "year";
  };
  const rewrite = (time) => {
    const date = new Date(time.dateTime);
    if (time.dataset.zoned || Number.isNaN(date.getTime())) return;
    time.dataset.zoned = "1";
    time.textContent = write[form(time, date)](date);
    time.title = /^[^\d]*/.exec(time.title)[0] + utc(date);
    time.lang = zone.locale;
    time.dir = "auto";
  };

  // Regroup rows by local day: days differ between time zones, and a loaded page may continue the last day.
  const nameOf = (date) => {
    const days = back(date);
    if (days === 0 || days === 1) return days ? "Yesterday" : "Today";
    const year = date.getFullYear() === new Date().getFullYear() ? "" : ` ${date.getFullYear()}`;
    return `${weekday.format(date)} ${date.getDate()} ${month.format(date)}${year}`;
  };
  const section = (name) => {
    const made = document.createElement("section");
    made.className = "day";
    made.append(document.createElement("h2"), document.createElement("ol"));
    made.firstChild.textContent = name;
    made.lastChild.className = "rows";
    return made;
  };
  const regroup = () => {
    const old = all("#news .day");
    const days = [];
    for (const row of all("#news .day .row")) {
      const name = nameOf(new Date(row.querySelector("time").dateTime));
      if (!days.length || days.at(-1).name !== name) days.push({ name, rows: [] });
      days.at(-1).rows.push(row);
    }
    const same = (day, at) => old[at].querySelector("h2").textContent === day.name
      && old[at].querySelectorAll(".row").length === day.rows.length;
    if (!old.length || (days.length === old.length && days.every(same))) return;
    const focused = document.activeElement;
    for (const day of days) {
      const made = section(day.name);
      old[0].before(made);
      made.lastChild.append(...day.rows);
    }
    old.forEach((one) => one.remove());
    if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true });
  };

  const show = () => { all("time[datetime]").forEach(rewrite); regroup(); };
  show();
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
  const foot = document.querySelector("#zone");
  if (foot) foot.textContent = `Times are in your time zone (${zone.timeZone}).`;
})();
