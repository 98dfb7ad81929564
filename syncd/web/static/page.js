// Brings the marked parts of the page up to date. Everything works without it.
"use strict";
(() => {
  const EVERY_MS = 5000;
  const note = document.getElementById("live-note");

  async function look() {
    if (document.hidden) return;
    let fresh;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      note.textContent = "syncd does not answer; this is how it was.";
      return;
    }
    note.textContent = "";
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(part.id);
      // Who is about to press a button must find it where it was.
      if (!other || part.contains(document.activeElement) || other.innerHTML === part.innerHTML) continue;
      part.replaceChildren(...other.childNodes);
    }
  }

  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
})();
