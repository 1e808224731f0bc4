"use strict";
const items = JSON.parse(document.getElementById("items").textContent);
const net = document.getElementById("net");
const details = document.getElementById("details");
const search = document.getElementById("search");
const count = document.getElementById("count");
const arrows = [...net.querySelectorAll(".arrow")];
const groups = items.map((_, i) => document.getElementById("item" + i));
const whole = net.viewBox.baseVal;
const full = { x: 0, y: 0, width: whole.width, height: whole.height };
const MARGIN = 16;
let view = { ...full };
let pinned = -1;
let found = [];
let at = 0;

function show(next) {
  view = next;
  net.setAttribute("viewBox", [view.x, view.y, view.width, view.height].join(" "));
}

// The view always has the shape of the window, so that a pixel is as wide as it is high.
function fitted(width, height) {
  const box = net.getBoundingClientRect();
  const scale = Math.max((width + 2 * MARGIN) / box.width, (height + 2 * MARGIN) / box.height);
  return { width: box.width * scale, height: box.height * scale };
}

function showAll() {
  const size = fitted(full.width, full.height);
  show({ ...size, x: (full.width - size.width) / 2, y: (full.height - size.height) / 2 });
}

// As large as fits the window across the flow, but never larger than drawn; from the start on.
function showWide() {
  const box = net.getBoundingClientRect();
  const tall = full.height / full.width > box.height / box.width;
  const fit = tall ? (full.width + 2 * MARGIN) / box.width : (full.height + 2 * MARGIN) / box.height;
  const scale = Math.max(1, fit);
  const width = box.width * scale, height = box.height * scale;
  show({
    width, height,
    x: tall || full.width < width ? (full.width - width) / 2 : -MARGIN,
    y: !tall || full.height < height ? (full.height - height) / 2 : -MARGIN,
  });
}

function zoom(factor, clientX, clientY) {
  const box = net.getBoundingClientRect();
  const fx = ((clientX ?? box.left + box.width / 2) - box.left) / box.width;
  const fy = ((clientY ?? box.top + box.height / 2) - box.top) / box.height;
  const width = Math.min(Math.max(view.width * factor, 40), 40 * Math.max(full.width, full.height));
  const height = view.height * width / view.width;
  show({ width, height, x: view.x + (view.width - width) * fx, y: view.y + (view.height - height) * fy });
}

function pan(dx, dy) {
  const scale = view.width / net.getBoundingClientRect().width;
  show({ ...view, x: view.x - dx * scale, y: view.y - dy * scale });
}

function centre(i) {
  const box = groups[i].getBBox();
  const scale = Math.min(view.width, 3 * net.getBoundingClientRect().width) / view.width;
  const width = view.width * scale, height = view.height * scale;
  show({ width, height, x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2 });
}

function light(i) {
  for (const lit of net.querySelectorAll(".lit")) lit.classList.remove("lit");
  if (i < 0) return;
  groups[i].classList.add("lit");
  // An arrow to a tag goes on from the tag.
  const ends = [String(i)];
  for (const arrow of arrows)
    if (arrow.dataset.tail === String(i) && groups[arrow.dataset.head].classList.contains("tag"))
      ends.push(arrow.dataset.head);
  for (const arrow of arrows)
    if (ends.includes(arrow.dataset.tail) || arrow.dataset.head === String(i)) arrow.classList.add("lit");
}

function tell(i) {
  details.replaceChildren();
  details.hidden = i < 0;
  if (i < 0) return;
  items[i].details.forEach((line, k) => {
    const element = document.createElement(k ? "span" : "b");
    element.textContent = line + "\n";
    details.append(element);
  });
}

function point(i) {
  if (pinned >= 0) return;
  light(i);
  tell(i);
}

function pin(i) {
  pinned = -1;
  point(i);
  pinned = i;
  details.classList.toggle("pinned", i >= 0);
}

function find() {
  const text = search.value.trim().toLowerCase();
  found = [];
  groups.forEach((group, i) => {
    const hit = text !== "" && items[i].words.some((word) => word.toLowerCase().includes(text));
    group.classList.toggle("found", hit);
    if (hit) found.push(i);
  });
  net.classList.toggle("searching", text !== "");
  at = 0;
  count.textContent = text === "" ? "" : found.length + " found";
  if (found.length) centre(found[0]);
}

function next(step) {
  if (!found.length) return;
  at = (at + step + found.length) % found.length;
  count.textContent = (at + 1) + " of " + found.length;
  centre(found[at]);
}

groups.forEach((group, i) => {
  group.addEventListener("pointerenter", () => point(i));
  group.addEventListener("pointerleave", () => point(-1));
});

const pointers = new Map();
let moved = 0;
net.addEventListener("pointerdown", (event) => {
  pointers.set(event.pointerId, event);
  moved = 0;
});
net.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
  moved += Math.abs(dx) + Math.abs(dy);
  if (moved > 4 && !net.hasPointerCapture(event.pointerId)) {
    net.setPointerCapture(event.pointerId);
    net.classList.add("moving");
  }
  if (pointers.size === 2) {
    const other = [...pointers.values()].find((p) => p.pointerId !== event.pointerId);
    const far = (p) => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY) || 1;
    zoom(far(before) / far(event), other.clientX, other.clientY);
  } else if (moved > 4) pan(dx, dy);
  pointers.set(event.pointerId, event);
});
for (const name of ["pointerup", "pointercancel"])
  net.addEventListener(name, (event) => {
    pointers.delete(event.pointerId);
    net.classList.remove("moving");
  });
net.addEventListener("click", (event) => {
  if (moved > 4) return;
  const group = event.target.closest(".box, .tag");
  pin(group ? groups.indexOf(group) : -1);
});
net.addEventListener("wheel", (event) => {
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY * lines)) * 0.004), event.clientX, event.clientY);
}, { passive: false });

search.addEventListener("input", find);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") next(event.shiftKey ? -1 : 1);
  if (event.key === "Escape") { search.value = ""; find(); search.blur(); }
  event.stopPropagation();
});
const keys = {
  "/": () => search.focus(), "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25),
  "0": showAll, "1": showWide, Escape: () => pin(-1),
  ArrowLeft: () => pan(80, 0), ArrowRight: () => pan(-80, 0),
  ArrowUp: () => pan(0, 80), ArrowDown: () => pan(0, -80),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
document.getElementById("in").addEventListener("click", () => zoom(0.8));
document.getElementById("out").addEventListener("click", () => zoom(1.25));
document.getElementById("whole").addEventListener("click", showAll);
document.getElementById("wide").addEventListener("click", showWide);
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
window.addEventListener("resize", () => show({ ...view, height: view.width * net.clientHeight / net.clientWidth }));
showWide();
