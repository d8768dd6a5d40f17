// Apply the chosen color scheme before the first paint.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("scheme"); } catch { /* no storage: use the system setting */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
})();
