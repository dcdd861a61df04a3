"use strict";
// Draws the map of samples, and shows the sample that is chosen on it.
(() => {
  const source = document.getElementById("map-data");
  const canvas = document.getElementById("map-canvas");
  if (!source || !canvas) return;
  const map = JSON.parse(source.textContent);
  const controls = document.getElementById("map-controls");
  const panel = document.getElementById("map-sample");
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const state = { method: 0, colours: 0, chosen: -1 };

  // Viridis at five places; between them it is nearly straight.
  const viridis = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
  const shade = (share) => {
    const place = Math.min(3.999, Math.max(0, 4 * share));
    const low = viridis[Math.floor(place)];
    const high = viridis[Math.floor(place) + 1];
    return `rgb(${low.map((from, i) => Math.round(from + (high[i] - from) * (place % 1))).join(",")})`;
  };

  const dots = (samples, label, colour, index) => ({
    label, data: samples.map((sample) => {
      const [x, y] = map.methods[state.method].places[sample];
      return { x, y, sample };
    }), showLine: false, backgroundColor: colour, borderColor: colour, pointRadius: 3.5, pointHoverRadius: 3.5,
    pointStyle: ["circle", "rect", "triangle", "rectRot"][Math.floor(index / 8) % 4],
  });

  const all = map.ids.map((id, sample) => sample);
  const datasets = () => {
    const colours = map.colours[state.colours];
    const palette = style("--series").split(" ");
    if (!colours) return [dots(all, "samples", palette[0], 0)];
    const unknown = all.filter((sample) => colours.values[sample] === null);
    const sets = [];
    if (colours.classes.length > 0) {
      colours.classes.forEach((name, index) => {
        const samples = all.filter((sample) => colours.values[sample] === index);
        if (samples.length > 0) sets.push(dots(samples, name, palette[index % palette.length], index));
      });
    } else {
      const known = all.filter((sample) => colours.values[sample] !== null);
      const values = known.map((sample) => colours.values[sample]);
      const low = values.reduce((a, b) => Math.min(a, b), Infinity);
      const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
      const range = high > low ? high - low : 1;
      const shades = values.map((value) => shade((value - low) / range));
      sets.push(dots(known, `purple ${low} to yellow ${high} ${colours.unit}`, shades, 0));
    }
    if (unknown.length > 0) sets.push(dots(unknown, "unknown", style("--faint"), 0));
    return sets;
  };

  // A ring around the chosen sample and lines to those that are nearest in truth.
  const mark = {
    id: "chosen",
    afterDatasetsDraw(drawing) {
      if (state.chosen < 0) return;
      const { ctx, scales } = drawing;
      const at = (sample) => {
        const [x, y] = map.methods[state.method].places[sample];
        return [scales.x.getPixelForValue(x), scales.y.getPixelForValue(y)];
      };
      const from = at(state.chosen);
      ctx.save();
      ctx.strokeStyle = style("--ink");
      for (const neighbour of map.neighbours[state.chosen]) {
        ctx.beginPath();
        ctx.moveTo(...from);
        ctx.lineTo(...at(neighbour));
        ctx.stroke();
      }
      ctx.lineWidth = 2.5;
      ctx.beginPath();
      ctx.arc(...from, 8, 0, 2 * Math.PI);
      ctx.stroke();
      ctx.restore();
    },
  };

  const element = (tag, text, parent) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    parent.append(made);
    return made;
  };

  const picture = (sample, parent) => {
    if (!map.pictures[sample]) return element("span", "its picture is not in the page", parent).classList.add("lost");
    const [id, width, height] = map.pictures[sample];
    const scale = Math.min(1, 176 / Math.max(width, height));
    const space = "http://www.w3.org/2000/svg";
    const shown = document.createElementNS(space, "svg");
    shown.setAttribute("viewBox", `0 0 ${width} ${height}`);
    shown.setAttribute("width", Math.max(1, Math.round(width * scale)));
    shown.setAttribute("height", Math.max(1, Math.round(height * scale)));
    shown.setAttribute("class", "picture");
    shown.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `#${id}`);
    shown.append(use);
    parent.append(shown);
  };

  const lines = (sample) => (map.words[sample] || "").split("\n").filter((line) => line !== "");

  const describe = () => {
    panel.replaceChildren();
    if (state.chosen < 0) {
      element("p", "No sample is chosen.", panel).className = "faint";
      return;
    }
    picture(state.chosen, panel);
    for (const line of lines(state.chosen)) element("p", line, panel);
    element("p", map.ids[state.chosen], panel).className = "faint";
    element("h3", "Nearest to the network", panel);
    const list = element("ul", "", panel);
    list.className = "neighbours";
    for (const neighbour of map.neighbours[state.chosen]) {
      const button = element("button", "", element("li", "", list));
      button.type = "button";
      picture(neighbour, button);
      element("span", [...lines(neighbour), map.ids[neighbour]].join("; "), button);
      button.addEventListener("click", () => {
        choose(neighbour);
        canvas.focus();
      });
    }
  };

  const drawing = new Chart(canvas, {
    type: "line", data: { datasets: datasets() }, plugins: [mark],
    options: {
      animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
      interaction: { mode: "nearest", axis: "xy", intersect: false },
      scales: { x: { type: "linear", display: false, min: -0.03, max: 1.03 },
        y: { type: "linear", display: false, min: -0.03, max: 1.03 } },
      plugins: {
        legend: { position: "bottom", labels: { color: style("--ink"), usePointStyle: true, boxWidth: 7, boxHeight: 7 } },
        tooltip: { callbacks: { label: (item) => [...lines(item.raw.sample), map.ids[item.raw.sample]] } },
      },
      onClick: (event, found) => {
        if (found.length > 0) choose(drawing.data.datasets[found[0].datasetIndex].data[found[0].index].sample);
      },
    },
  });

  const draw = () => {
    drawing.data.datasets = datasets();
    drawing.options.plugins.legend.labels.color = style("--ink");
    drawing.update("none");
  };

  function choose(sample) {
    state.chosen = (sample + map.ids.length) % map.ids.length;
    describe();
    drawing.draw();
  }

  // The nearest sample that lies more in the direction than beside it.
  const towards = (across, up) => {
    const places = map.methods[state.method].places;
    const [x, y] = places[state.chosen];
    let best = -1;
    let least = Infinity;
    places.forEach(([otherX, otherY], sample) => {
      const along = (otherX - x) * across + (otherY - y) * up;
      const beside = Math.abs((otherX - x) * up) + Math.abs((otherY - y) * across);
      if (sample !== state.chosen && along > 0 && along >= beside && along + beside < least) {
        least = along + beside;
        best = sample;
      }
    });
    return best;
  };

  canvas.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const found = state.chosen < 0 ? 0 : towards(...way);
    if (found >= 0) choose(found);
  });

  const options = (select, names) => names.forEach((name, index) => {
    const option = element("option", name, select);
    option.value = index;
  });
  const [method, colours] = ["method", "colours"].map((name) => controls.querySelector(`[name=${name}]`));
  options(method, map.methods.map((each) => each.name));
  options(colours, map.colours.map((each) => each.name));
  colours.parentElement.hidden = map.colours.length === 0;
  method.addEventListener("change", () => { state.method = Number(method.value); draw(); });
  colours.addEventListener("change", () => { state.colours = Number(colours.value); draw(); });
  controls.querySelector("[name=previous]").addEventListener("click", () => choose(Math.max(0, state.chosen) - 1));
  controls.querySelector("[name=next]").addEventListener("click", () => choose(state.chosen + 1));
  controls.hidden = false;
  describe();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  matchMedia("print").addEventListener("change", () => { draw(); drawing.resize(); });
})();
