// Times in the reader's own zone and way of writing; UTC stays in the title. Without this script, times stay as rendered.
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
    hour: (moment) => hour.format(moment),
    day: (moment) => `${day.format(moment)} ${hour.format(moment)}`,
    year: (moment) => year.format(moment),
    full: (moment) => full.format(moment),
  };
  const english = (options) => new Intl.DateTimeFormat("en-GB", options); // as the page itself
  const weekday = english({ weekday: "long" });
  const month = english({ month: "long" });
  const utc = (moment) => `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const back = (moment) => Math.round((midnight(new Date()) - midnight(moment)) / 86400000); // days; one may have 23 h

  // A time with a title is a short one: its title has the rest. Below the name of a day the hour is enough.
  const form = (time, moment) => {
    if (!time.title) return "full";
    if (time.closest(".day") || back(moment) === 0) return "hour";
    return moment.getFullYear() === new Date().getFullYear() ? "day" : "year";
  };
  const rewrite = (time) => {
    const moment = new Date(time.dateTime);
    if (time.dataset.zoned || Number.isNaN(moment.getTime())) return;
    time.dataset.zoned = "1";
    time.textContent = write[form(time, moment)](moment);
    time.title = /^[^\d]*/.exec(time.title)[0] + utc(moment);
    time.lang = zone.locale;
    time.dir = "auto";
  };

  // A day begins elsewhere in another zone, and a list that goes on begins its day again.
  const nameOf = (moment) => {
    const days = back(moment);
    if (days === 0 || days === 1) return days ? "Yesterday" : "Today";
    const year = moment.getFullYear() === new Date().getFullYear() ? "" : ` ${moment.getFullYear()}`;
    return `${weekday.format(moment)} ${moment.getDate()} ${month.format(moment)}${year}`;
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
