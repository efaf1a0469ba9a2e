// Points on a map that works without a network: a scale, and grid lines of latitude and longitude where no map
// pictures are configured. Points that would lie on each other are one mark with their number, at the
// place of the first.
/* global L */

const NEAR = 38; // pixels
const CLOSEST = 21;
const LINES = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 0.00005];

/**
 * A map in `box`. `tiles` is the address of map pictures, or empty; `where(item)` its [latitude, longitude] as the
 * pictures have them; `open(items, item)` is told of a chosen point and of those that lie with it.
 */
export function makeMap(box, { tiles, where, label, open }) {
  const map = L.map(box, { attributionControl: Boolean(tiles), zoomControl: false, maxZoom: CLOSEST, zoomSnap: 0.5 }).setView([35, 105], 4);
  L.control.zoom({ position: "topright", zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (tiles) {
    map.attributionControl.setPrefix(false);
    L.tileLayer(tiles, { maxZoom: CLOSEST, maxNativeZoom: 18, attribution: `底图：${new URL(tiles).host}` }).addTo(map);
  }
  const lines = L.layerGroup().addTo(map);
  const marks = L.layerGroup().addTo(map);
  let items = [];

  function draw() {
    if (!tiles) drawLines();
    marks.clearLayers();
    const within = map.getBounds().pad(0.1);
    const clusters = [];
    for (const item of items) {
      if (!within.contains(where(item))) continue;
      const point = map.project(where(item));
      const near = clusters.find((cluster) => cluster.point.distanceTo(point) < NEAR);
      if (near) near.together.push(item);
      else clusters.push({ point, together: [item] });
    }
    for (const { together } of clusters) mark(together);
  }

  function mark(together) {
    const bounds = L.latLngBounds(together.map(where));
    const many = together.length > 1;
    const size = many ? 34 : 24;
    const words = document.createElement("span");
    words.textContent = many ? String(together.length) : "";
    const icon = L.divIcon({ className: many ? "point points" : "point", html: words, iconSize: [size, size] });
    const name = many ? `${together.length} 件证据` : label(together[0]);
    const made = L.marker(where(together[0]), { icon, title: name, alt: name, riseOnHover: true }).addTo(marks);
    made.getElement().setAttribute("aria-label", name);
    const choose = () => {
      const apart = !bounds.getNorthEast().equals(bounds.getSouthWest(), 1e-6) && map.getZoom() < CLOSEST;
      if (many && apart) map.fitBounds(bounds, { padding: [60, 60], maxZoom: CLOSEST, animate: false });
      else open(many ? together : items, together[0]);
    };
    made.on("click", choose);
    made.on("keydown", ({ originalEvent }) => {
      if (originalEvent.key === "Enter") choose();
    });
  }

  function drawLines() {
    lines.clearLayers();
    const bounds = map.getBounds();
    const [south, north, west, east] = [bounds.getSouth(), bounds.getNorth(), bounds.getWest(), bounds.getEast()];
    const wanted = ((east - west) * 130) / map.getSize().x;
    const step = LINES.findLast((each) => each >= wanted) || LINES[0];
    const figures = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    const line = (ends, text, place) => {
      L.polyline(ends, { className: "map-line", interactive: false }).addTo(lines);
      const words = document.createElement("span");
      words.textContent = text;
      L.marker(place, { icon: L.divIcon({ className: "map-figure", html: words, iconSize: null }), interactive: false, keyboard: false }).addTo(lines);
    };
    for (let n = Math.ceil(south / step); n * step <= north; n += 1) {
      const at = n * step;
      line([[at, west], [at, east]], `${at.toFixed(figures)}°`, [at, west]);
    }
    for (let n = Math.ceil(west / step); n * step <= east; n += 1) {
      const at = n * step;
      line([[south, at], [north, at]], `${at.toFixed(figures)}°`, [north, at]);
    }
  }

  map.on("moveend zoomend resize", draw);
  return {
    /** Show the points of `chosen`, all in view. */
    show(chosen) {
      items = chosen;
      map.invalidateSize({ animate: false });
      if (items.length) map.fitBounds(L.latLngBounds(items.map(where)), { padding: [50, 50], maxZoom: 18, animate: false });
      draw();
    },
  };
}
