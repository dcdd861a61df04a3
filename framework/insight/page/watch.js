"use strict";
// Keeps a page that graft serves up to date.
(() => {
  const told = document.getElementById("watch");
  if (!told) return;
  const pause = 2000;  // milliseconds
  const seen = new Map();

  const canvases = (holder) => [...holder.querySelectorAll("canvas")].map((canvas) => canvas.dataset.chart).join();

  const renew = (section) => {
    const place = document.getElementById(section.id);
    if (!place || seen.get(section.id) === section.html) return;
    const first = !seen.has(section.id);
    seen.set(section.id, section.html);
    if (first) return;  // the page came with it a moment ago
    const made = document.createElement("div");
    made.innerHTML = section.html;
    if (canvases(made) !== "" && canvases(made) === canvases(place)) {
      for (const canvas of made.querySelectorAll("canvas")) {
        place.querySelector(`canvas[data-chart="${CSS.escape(canvas.dataset.chart)}"]`)
          .setAttribute("aria-label", canvas.getAttribute("aria-label"));
      }
      return;
    }
    [...place.children].filter((child) => child.tagName !== "H2").forEach((child) => child.remove());
    place.append(...made.childNodes);
  };

  const say = (text) => { if (told.textContent !== text) told.textContent = text; };

  const look = async () => {
    try {
      const response = await fetch("state.json", { cache: "no-store" });
      if (!response.ok) throw new Error(await response.text());
      const state = await response.json();
      state.sections.forEach(renew);
      window.graftCharts.renew(state.charts);
      if (state.status !== "running") {
        say(`The run is ${state.status || "not there yet"}. \`graft report\` writes the whole page.`);
        if (state.status !== "") return;
      } else {
        say(`The run is at work; epochs that have ended: ${state.epochs}.`);
      }
    } catch (error) {
      say(`graft does not answer (${error.message}); what is shown may be old.`);
    }
    setTimeout(look, pause);
  };
  look();
})();
