"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2]];
  const MOST_ROWS = 200;
  const WIDE = 50; // largest to smallest value from which on an axis is logarithmic at first
  const plots = [];

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (value) => value == null ? "" : String(+value.toPrecision(5));

  // Runs differ in colour and columns in dashes; a single run has a colour a column.
  function style(series, several) {
    const hue = `--c${(several ? series.run : series.column) % 8}`;
    return {
      label: series.label,
      stroke: () => color(hue),
      width: 1.75,
      dash: several ? DASHES[series.column % DASHES.length] : [],
      points: { show: series.x.length < 60, size: 5, fill: () => color(hue) },
      value: (_, value) => number(value) || "–",
    };
  }

  // A dotted line where something was seen.
  function marked(u, marks) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = color("--bad");
    ctx.setLineDash([3, 3]);
    ctx.font = `${11 * devicePixelRatio}px sans-serif`;
    let row = 0;
    for (const [iteration, code] of marks) {
      const x = Math.round(u.valToPos(iteration, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const right = x > bbox.left + bbox.width / 2;
      ctx.textAlign = right ? "right" : "left";
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const y = bbox.top + (12 + 13 * (row++ % 4)) * devicePixelRatio;
      ctx.fillText(code, x + (right ? -4 : 4) * devicePixelRatio, y);
    }
    ctx.restore();
  }

  function size(place) {
    return { width: Math.max(place.clientWidth, 200), height: innerWidth < 640 ? 240 : 320 };
  }

  // Losses that begin huge and rates that fall by steps show themselves on a logarithmic axis.
  function widely(chart) {
    const values = chart.series.flatMap((series) => series.y).filter((value) => value != null);
    return values.every((value) => value > 0) && Math.max(...values) > WIDE * Math.min(...values);
  }

  function draw(place, chart, logarithmic) {
    const several = new Set(chart.series.map((series) => series.run)).size > 1;
    const drawable = (value) => logarithmic && value <= 0 ? null : value;
    const data = uPlot.join(chart.series.map((series) => [series.x, series.y.map(drawable)]));
    const axis = {
      stroke: () => color("--text"),
      grid: { stroke: () => color("--line"), width: 1 },
      ticks: { stroke: () => color("--line"), width: 1 },
    };
    const options = {
      ...size(place),
      scales: { x: { time: false }, y: { distr: logarithmic ? 3 : 1 } },
      series: [{ label: "iteration", value: (_, value) => number(value) || "–" },
        ...chart.series.map((series) => style(series, several))],
      axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map(number) }],
      cursor: { drag: { x: true, y: false } },
      hooks: { draw: [(u) => marked(u, chart.marks)] },
    };
    const plot = new uPlot(options, data, place);
    place.dataset.points = chart.series.map((_, i) =>
      plot.data[i + 1].filter((value) => value != null).length).join(" ");
    operate(place, plot);
    return plot;
  }

  // Arrow keys move the cursor, and the values there are read out.
  function read(event, { place, plot }) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    const last = plot.data[0].length - 1;
    let at = step == null ? { Home: 0, End: last }[event.key] : (plot.cursor.idx ?? 0) + step;
    if (at == null || event.target !== place) return;
    event.preventDefault();
    at = Math.min(Math.max(at, 0), last);
    const left = plot.valToPos(plot.data[0][at], "x");
    plot.setCursor({ left, top: plot.over.clientHeight / 2 });
    const values = plot.series.slice(1).map(({ label }, i) => [label, plot.data[i + 1][at]]);
    place.parentElement.querySelector(".reading").textContent =
      `iteration ${plot.data[0][at]}: ` + values.filter(([, value]) => value != null)
        .map(([label, value]) => `${label} ${number(value)}`).join(", ");
  }

  // Series are switched off and on without a mouse as well.
  function operate(place, plot) {
    place.querySelectorAll(".u-legend .u-series").forEach((row, i) => {
      const head = row.querySelector("th");
      if (i === 0) return;
      head.tabIndex = 0;
      head.setAttribute("role", "button");
      head.setAttribute("aria-pressed", "true");
      const press = () => head.setAttribute("aria-pressed", String(plot.series[i].show));
      head.addEventListener("click", () => setTimeout(press));
      head.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        plot.setSeries(i, { show: !plot.series[i].show });
        press();
      });
    });
  }

  function cell(row, kind, text) {
    const item = document.createElement(kind);
    item.textContent = text;
    if (kind === "th") item.scope = row.rowIndex === 0 ? "col" : "row";
    row.append(item);
  }

  // The table of a chart is written when it is opened; a long one shows evenly spread rows.
  function tabulate(place, plot) {
    const [x, ...columns] = plot.data;
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    plot.series.forEach((series) => cell(head, "th", series.label));
    const every = Math.ceil(x.length / MOST_ROWS);
    const body = table.createTBody();
    for (let i = 0; i < x.length; i += every) {
      const row = body.insertRow();
      cell(row, "th", x[i]);
      columns.forEach((column) => cell(row, "td", number(column[i])));
    }
    if (every > 1) table.createCaption().textContent = `One row in ${every}.`;
    place.replaceChildren(table);
  }

  document.querySelectorAll(".plot").forEach((place) => {
    const chart = charts[place.dataset.chart];
    const scale = place.parentElement.querySelector(".scale input");
    const details = place.parentElement.querySelector("details");
    scale.checked = widely(chart);
    const shown = { place, plot: draw(place, chart, scale.checked) };
    plots.push(shown);
    scale.addEventListener("change", () => {
      shown.plot.destroy();
      shown.plot = draw(place, chart, scale.checked);
    });
    details.addEventListener("toggle", () => {
      if (details.open) tabulate(details.querySelector(".numbers"), shown.plot);
    });
    place.addEventListener("keydown", (event) => read(event, shown));
  });

  const redraw = () => plots.forEach(({ plot }) => plot.redraw(false));
  const resize = () => plots.forEach(({ place, plot }) => plot.setSize(size(place)));
  addEventListener("resize", resize);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  // Ink is dark on paper, whatever the screen is like.
  const print = (on) => { document.documentElement.classList.toggle("printing", on); redraw(); };
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
})();
