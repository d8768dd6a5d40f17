// Before the first paint: the colours that were chosen here, if any were.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("scheme"); } catch { /* no storage: the system's choice */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
})();
