// Progressive enhancement: color scheme, keyboard shortcuts, notices of new articles. All pages work without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Color scheme
  const scheme = one("#scheme");
  if (scheme) {
    scheme.hidden = false;
    scheme.addEventListener("click", () => {
      const dark = root.dataset.scheme ? root.dataset.scheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.scheme = dark ? "light" : "dark";
      try { localStorage.setItem("scheme", root.dataset.scheme); } catch { /* applies to this page only */ }
    });
  }

  // Keyboard shortcuts
  const shortcuts = one("#shortcuts");
  const showKeys = () => shortcuts && !shortcuts.open && shortcuts.showModal();
  const keys = one("#keys");
  if (keys) { keys.hidden = false; keys.addEventListener("click", showKeys); }
  all(".keys-hint").forEach((hint) => { hint.hidden = false; });

  let current = null;
  const mark = (row) => {
    if (current) current.classList.remove("current");
    current = row;
    row.classList.add("current");
    row.scrollIntoView({ block: "nearest" });
    const title = one("a", row);
    if (title) title.focus({ preventScroll: true });
  };
  const walk = (step) => {
    const rows = all("[data-row]");
    if (!rows.length) return;
    const at = current && current.isConnected ? rows.indexOf(current) : -1;
    const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
    mark(rows[next]);
    if (next === rows.length - 1 && step > 0) { const more = one(".more [hx-get]"); if (more) more.click(); }
  };
  const follow = (link) => { if (link) link.click(); };
  const open = () => { if (current && current.isConnected) follow(one("a", current)); };
  const original = () => follow(one("[data-out]", current && current.isConnected ? current : document));

  let going = 0;
  const plain = {
    j: () => walk(1), k: () => walk(-1), o: open, v: original, u: () => history.back(),
    "/": () => { const field = one("#q") || one("#quick"); if (field) { field.focus(); field.select(); } },
    r: () => { const fresh = one("#arrivals a"); if (fresh) fresh.click(); },
    "?": showKeys,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    const typing = target.closest("input, textarea, select, [contenteditable]");
    if (typing) { if (event.key === "Escape") target.blur(); return; }
    if (one("dialog[open]")) return;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const place = one(`[data-go="${CSS.escape(event.key)}"]`);
      if (place) { event.preventDefault(); place.click(); }
      return;
    }
    if (event.key === "g") { going = Date.now(); return; }
    const act = plain[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && row !== current) { if (current) current.classList.remove("current"); current = row; row.classList.add("current"); }
  });

  // Reload a page that waits for the archive.
  const reload = one("[data-reload]");
  if (reload) setTimeout(() => location.reload(), 1000 * reload.dataset.reload);

  // Notices of new articles. A hidden tab closes its stream, because browsers limit the connections to a site.
  const arrivals = one("#arrivals[data-live]");
  if (arrivals && "EventSource" in window) {
    let stream = null;
    const showArrivals = (event) => {
      const news = JSON.parse(event.data);
      const count = `${news.articles}${news.more ? "+" : ""}`;
      let link = one("a", arrivals);
      if (!link) {
        link = document.createElement("a");
        link.href = location.pathname + location.search;
        arrivals.replaceChildren(link);
      }
      const alerts = news.alerts ? `, ${news.alerts} with an alert` : "";
      link.textContent = `${count} new ${news.articles === 1 ? "article" : "articles"}${alerts}: show`;
      document.title = `(${count}) ${document.title.replace(/^\(\d+\+?\) /, "")}`;
    };
    const listen = () => {
      if (document.hidden) { if (stream) { stream.close(); stream = null; } return; }
      if (!stream) { stream = new EventSource(arrivals.dataset.live); stream.addEventListener("news", showArrivals); }
    };
    document.addEventListener("visibilitychange", listen);
    addEventListener("pagehide", () => { if (stream) { stream.close(); stream = null; } });
    addEventListener("pageshow", listen);
    listen();
  }
})();
