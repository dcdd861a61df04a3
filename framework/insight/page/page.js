"use strict";
// Draws the charts of the page; everything else in it is there without a script.
(() => {
  let described = JSON.parse(document.getElementById("charts").textContent);
  let drawn = [];
  const state = { smoothing: 0, logarithmic: false };
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Exponential mean that begins without a bias, so that the first epochs are not drawn down.
  const smoothed = (points, weight) => {
    let sum = 0;
    let total = 0;
    return points.map(([x, y]) => {
      if (y === null) return [x, y];
      sum = weight * sum + (1 - weight) * y;
      total = weight * total + (1 - weight);
      return [x, sum / total];
    });
  };

  const datasets = (chart) => {
    const colours = style("--series").split(" ");
    const sets = [];
    chart.series.forEach((series, index) => {
      const colour = colours[index % colours.length];
      const rounds = Math.floor(index / colours.length);
      const set = (points, more) => ({
        label: series.label, borderColor: colour, backgroundColor: colour, borderWidth: 2, tension: 0,
        borderDash: series.dashed ? [6, 4] : rounds ? [2, 2 * rounds] : [],
        data: points.map(([x, y]) => ({ x, y })), showLine: !series.dots,
        pointRadius: series.dots ? 2.5 : points.length < 40 && !series.dashed ? 2.5 : 0,
        pointStyle: ["circle", "rect", "triangle", "rectRot"][index % 4],
        ...(series.bars ? { stepped: "before", fill: "origin", backgroundColor: colour + "40", pointRadius: 0 } : {}), ...more,
      });
      const smooth = chart.over_epochs && state.smoothing > 0 && !series.dots;
      if (smooth) {
        sets.push(set(series.points, { label: "", borderWidth: 1, pointRadius: 0, borderColor: colour + "55" }));
      }
      sets.push(set(smooth ? smoothed(series.points, state.smoothing) : series.points));
    });
    return sets;
  };

  // Upright lines with their words: where phases begin, which epoch is the best.
  const marks = (chart) => ({
    id: "marks",
    afterDatasetsDraw(drawing) {
      const { ctx, chartArea, scales } = drawing;
      ctx.save();
      ctx.font = "12px system-ui, sans-serif";
      chart.marks.forEach((mark, index) => {
        const x = scales.x.getPixelForValue(mark.x);
        if (x < chartArea.left - 1 || x > chartArea.right + 1) return;
        ctx.strokeStyle = ctx.fillStyle = style("--faint");
        ctx.setLineDash([4, 4]);
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
        const width = ctx.measureText(mark.label).width;
        const left = x + 4 + width > chartArea.right ? x - 4 - width : x + 4;
        ctx.fillText(mark.label, left, chartArea.top + 12 + 14 * (index % 3));
      });
      ctx.restore();
    },
  });

  const axis = (title, range) => ({
    type: "linear", title: { display: true, text: title, color: style("--faint") },
    grid: { color: style("--line") }, ticks: { color: style("--faint"), maxTicksLimit: 8 }, ...range,
  });

  const scales = (chart) => {
    const unit = chart.square ? { min: 0, max: 1 } : {};
    const x = axis(chart.x, unit);
    const y = axis(chart.y, unit);
    if (chart.over_epochs) x.ticks.precision = 0;
    if (chart.over_epochs && state.logarithmic) {
      const above = chart.series.flatMap((series) => series.points.map(([, value]) => value)).filter((value) => value > 0);
      Object.assign(y, { type: "logarithmic", min: 0.9 * Math.min(...above), max: 1.1 * Math.max(...above) });
    }
    return { x, y };
  };

  const extent = (chart) => {
    const xs = chart.series.flatMap((series) => series.points.map(([x]) => x)).filter((x) => x !== null);
    return [Math.min(...xs), Math.max(...xs)];
  };

  const zoom = (drawing, chart, from, to) => {
    const [first, last] = extent(chart);
    const least = (last - first) / 1000;
    const low = Math.max(first, Math.min(from, to));
    const high = Math.min(last, Math.max(from, to));
    if (high - low < least) return;
    const whole = low <= first && high >= last;
    Object.assign(drawing.options.scales.x, { min: whole ? (chart.square ? 0 : undefined) : low,
      max: whole ? (chart.square ? 1 : undefined) : high });
    drawing.update("none");
  };

  const keys = (event, drawing, chart) => {
    const { min, max } = drawing.scales.x;
    const step = (max - min) / 4;
    const moves = { "+": [min + step, max - step], "=": [min + step, max - step],
      "-": [min - 2 * step, max + 2 * step], "−": [min - 2 * step, max + 2 * step],
      ArrowLeft: [min - step, max - step], ArrowRight: [min + step, max + step], 0: [-Infinity, Infinity] };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [first, last] = extent(chart);
    const shift = move[0] < first && event.key === "ArrowLeft" ? first - move[0]
      : move[1] > last && event.key === "ArrowRight" ? last - move[1] : 0;
    zoom(drawing, chart, move[0] + shift, move[1] + shift);
  };

  const listen = (canvas, drawing, chart) => {
    let begun = null;
    const place = (event) => drawing.scales.x.getValueForPixel(event.offsetX);
    canvas.addEventListener("pointerdown", (event) => { if (event.button === 0) begun = event.offsetX; });
    canvas.addEventListener("pointerup", (event) => {
      if (begun !== null && Math.abs(event.offsetX - begun) > 8) {
        zoom(drawing, chart, drawing.scales.x.getValueForPixel(begun), place(event));
      }
      begun = null;
    });
    canvas.addEventListener("pointerleave", () => { begun = null; });
    canvas.addEventListener("dblclick", () => zoom(drawing, chart, -Infinity, Infinity));
    canvas.addEventListener("keydown", (event) => keys(event, drawing, chart));
  };

  const options = (chart) => ({
    animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
    interaction: { mode: "nearest", axis: "xy", intersect: false },
    scales: scales(chart),
    plugins: {
      legend: { display: chart.series.length > 1, position: "bottom",
        labels: { color: style("--ink"), usePointStyle: true, boxWidth: 7, boxHeight: 7, filter: (item) => item.text !== "" } },
      tooltip: { filter: (item) => item.dataset.label !== "" },
    },
  });

  const place = (chart) => document.querySelector(`canvas[data-chart="${CSS.escape(chart.id)}"]`);

  // Draws what has a place in the page and is not drawn there yet.
  const draw = () => {
    for (const chart of described) {
      const canvas = place(chart);
      if (!canvas || drawn.some(([drawing]) => drawing.canvas === canvas)) continue;
      const drawing = new Chart(canvas, { type: "line", data: { datasets: datasets(chart) },
        options: options(chart), plugins: [marks(chart)] });
      listen(canvas, drawing, chart);
      drawn.push([drawing, chart]);
    }
    const controls = document.getElementById("curve-controls");
    if (controls) controls.hidden = false;
  };

  const again = () => {
    for (const [drawing, chart] of drawn) {
      const { min, max } = drawing.options.scales.x;
      drawing.data.datasets = datasets(chart);
      drawing.options = options(chart);
      Object.assign(drawing.options.scales.x, { min, max });
      drawing.update("none");
    }
  };

  // Takes over new data; what is zoomed stays so.
  const renew = (charts) => {
    const lost = drawn.filter(([drawing]) => !drawing.canvas.isConnected);
    lost.forEach(([drawing]) => drawing.destroy());
    drawn = drawn.filter((each) => !lost.includes(each));
    described = charts.map((chart) => {
      const known = drawn.find(([, old]) => old.id === chart.id);
      return known ? Object.assign(known[1], chart) : chart;
    });
    again();
    draw();
  };
  window.graftCharts = { renew };

  document.addEventListener("input", (event) => {
    if (event.target.name === "smoothing") {
      state.smoothing = Number(event.target.value);
      again();
    } else if (event.target.name === "logarithmic") {
      state.logarithmic = event.target.checked;
      again();
    }
  });
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  matchMedia("print").addEventListener("change", () => {
    again();
    drawn.forEach(([drawing]) => drawing.resize());
  });
})();
