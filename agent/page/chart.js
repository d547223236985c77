// Charts on a canvas: lines, stacked areas, bands of quantiles, heat maps.

import { short, clock } from './format.js';

const PAD = { left: 56, right: 12, top: 10, bottom: 24 };

// The space for names at the end of lines.
const NAMES = 36;

/**
 * Draws a chart and returns what turns a place on it into a bucket.
 *
 * spec: { times, interval, from, to, height, kind: 'lines' | 'stack' | 'bands' | 'heat', lines: [{ values, colour }],
 *         bands: [{ low, high, alpha }], heat: { edges, cells }, marks: [{ at, level }], filling, cursor, isNamed }
 * isNamed: each line has its label at its end.
 */
export function draw(canvas, spec) {
  const width = canvas.clientWidth || 600, height = spec.height ?? 260;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim();
  const plot = { left: PAD.left, top: PAD.top, width: width - PAD.left - (spec.isNamed ? NAMES : PAD.right), height: height - PAD.top - PAD.bottom };
  const x = (time) => plot.left + (time - spec.from) / Math.max(1, spec.to - spec.from) * plot.width;
  const scale = spec.kind === 'heat' ? heatScale(spec.heat) : valueScale(spec);
  const y = (value) => plot.top + plot.height * (1 - scale.place(value));

  pen.font = '11px system-ui, sans-serif';
  grid(pen, plot, scale, spec, x, y, colour);
  pen.save();
  pen.beginPath();
  pen.rect(plot.left, plot.top - 2, plot.width, plot.height + 4);
  pen.clip();
  if (spec.kind === 'heat') heat(pen, plot, spec, x, colour);
  if (spec.kind === 'stack') stack(pen, spec, x, y, colour);
  for (const band of spec.bands ?? []) area(pen, spec, band, x, y, colour(band.colour ?? '--c0'), band.alpha);
  if (spec.kind !== 'stack' && spec.kind !== 'heat') for (const line of spec.lines) stroke(pen, spec, line, x, y, colour(line.colour));
  if (spec.filling && spec.times.length) {
    const start = x(spec.times.at(-1));
    pen.fillStyle = colour('--panel');
    pen.globalAlpha = 0.45;
    pen.fillRect(start - 1, plot.top, plot.left + plot.width - start + 1, plot.height);
    pen.globalAlpha = 1;
  }
  pen.restore();
  if (spec.isNamed) names(pen, plot, spec, y, colour);
  marks(pen, plot, spec, x, colour);
  if (spec.cursor !== null && spec.times[spec.cursor] !== undefined) {
    pen.strokeStyle = colour('--soft');
    pen.setLineDash([3, 3]);
    const at = x(spec.times[spec.cursor] + spec.interval / 2);
    pen.beginPath(); pen.moveTo(at, plot.top); pen.lineTo(at, plot.top + plot.height); pen.stroke();
    pen.setLineDash([]);
  }
  return (pixel) => {
    const time = spec.from + (pixel - plot.left) / plot.width * (spec.to - spec.from);
    const place = spec.times.findLastIndex((start) => start <= time);
    return place < 0 ? null : place;
  };
}

const numbers = (values) => values.filter((value) => typeof value === 'number' && Number.isFinite(value));

function valueScale(spec) {
  let most = 0, least = 0;
  if (spec.kind === 'stack') {
    spec.times.forEach((_, place) => {
      most = Math.max(most, spec.lines.reduce((sum, line) => sum + Math.max(0, +line.values[place] || 0), 0));
    });
  } else {
    const sets = [...spec.lines.map((line) => line.values), ...(spec.bands ?? []).map((band) => band.high)];
    for (const values of sets) for (const value of numbers(values)) { most = Math.max(most, value); least = Math.min(least, value); }
  }
  if (most === least) most = least + 1;
  const step = niceStep((most - least) / 4);
  const top = Math.ceil(most / step * 0.999) * step, bottom = Math.floor(least / step * 0.999) * step;
  const ticks = [];
  for (let count = 0, value = bottom; value <= top + step / 2 && count < 12; count += 1, value += step) ticks.push(value);
  return { ticks, place: (value) => (value - bottom) / (top - bottom) };
}

function niceStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  const share = raw / power;
  return (share <= 1 ? 1 : share <= 2 ? 2 : share <= 2.5 ? 2.5 : share <= 5 ? 5 : 10) * power;
}

// The rows of a heat map are of equal height: its values are logarithmic, as the bins of a sketch are.
function heatScale(map) {
  const edges = map.edges;
  const rows = edges.length - 1;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => edges[Math.round(share * rows)]);
  return { ticks, place: (value) => Math.max(0, edges.findLastIndex((edge) => edge <= value)) / rows };
}

function grid(pen, plot, scale, spec, x, y, colour) {
  pen.strokeStyle = colour('--grid');
  pen.fillStyle = colour('--soft');
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  for (const tick of scale.ticks) {
    const at = Math.round(y(tick)) + 0.5;
    pen.beginPath(); pen.moveTo(plot.left, at); pen.lineTo(plot.left + plot.width, at); pen.stroke();
    pen.fillText(short(tick), plot.left - 8, at);
  }
  pen.textAlign = 'center';
  pen.textBaseline = 'top';
  const span = spec.to - spec.from;
  const most = Math.max(2, Math.floor(plot.width / 90));
  const step = [5, 10, 15, 30, 60, 120, 180, 300, 600].find((one) => span / one <= most) ?? 900;
  for (let time = Math.ceil(spec.from / step) * step; time <= spec.to; time += step) {
    const at = x(time);
    if (at < plot.left + 20 || at > plot.left + plot.width - 20) continue;
    pen.fillText(clock(time), at, plot.top + plot.height + 7);
  }
}

// The points of a line: each bucket at its middle. A bucket without a value is a gap.
function runs(spec, values, x, y) {
  const found = [];
  let run = null;
  spec.times.forEach((time, place) => {
    const value = values[place];
    const isGap = typeof value !== 'number' || (place > 0 && time - spec.times[place - 1] > spec.interval * 1.5);
    if (isGap) run = null;
    if (typeof value !== 'number') return;
    if (!run) found.push(run = []);
    run.push([x(time + spec.interval / 2), y(value)]);
  });
  return found;
}

function stroke(pen, spec, line, x, y, colour) {
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = line.width ?? 1.8;
  pen.lineJoin = 'round';
  for (const run of runs(spec, line.values, x, y)) {
    pen.beginPath();
    run.forEach(([left, top], place) => (place ? pen.lineTo(left, top) : pen.moveTo(left, top)));
    pen.stroke();
    if (run.length < 3 || spec.dots) for (const [left, top] of run) { pen.beginPath(); pen.arc(left, top, 2.2, 0, 7); pen.fill(); }
  }
  pen.lineWidth = 1;
}

function names(pen, plot, spec, y, colour) {
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  const ends = spec.lines.map((line) => [line, numbers(line.values).at(-1)]).filter(([, value]) => value !== undefined).map(([line, value]) => ({ line, at: y(value) }));
  // From the foot up, none over another.
  let free = plot.top + plot.height + 4;
  for (const { line, at } of ends.sort((one, other) => other.at - one.at)) {
    free = Math.min(at, free);
    pen.fillStyle = colour(line.colour);
    pen.fillText(line.label, plot.left + plot.width + 6, free);
    free -= 12;
  }
}

function area(pen, spec, band, x, y, colour, alpha) {
  const high = runs(spec, band.high, x, y), low = runs(spec, band.low, x, y);
  pen.fillStyle = colour;
  pen.globalAlpha = alpha;
  high.forEach((run, place) => {
    const under = low[place];
    if (!under) return;
    pen.beginPath();
    const wide = run.length === 1 ? 3 : 0;
    run.forEach(([left, top], at) => (at ? pen.lineTo(left + wide, top) : pen.moveTo(left - wide, top)));
    if (wide) pen.lineTo(run[0][0] + wide, run[0][1]);
    [...under].reverse().forEach(([left, top]) => pen.lineTo(left + wide, top));
    if (wide) pen.lineTo(under[0][0] - wide, under[0][1]);
    pen.fill();
  });
  pen.globalAlpha = 1;
}

function stack(pen, spec, x, y, colour) {
  const base = spec.times.map(() => 0);
  const wide = Math.max(1, x(spec.interval + spec.from) - x(spec.from) - 1.5);
  for (const line of spec.lines) {
    pen.fillStyle = colour(line.colour);
    spec.times.forEach((time, place) => {
      const value = line.values[place];
      if (typeof value !== 'number' || value <= 0) return;
      const low = y(base[place]), high = y(base[place] + value);
      base[place] += value;
      pen.fillRect(x(time) + 0.75, high, wide, Math.max(0.8, low - high));
    });
  }
}

function heat(pen, plot, spec, x, colour) {
  const rows = spec.heat.edges.length - 1;
  const most = spec.heat.cells.reduce((most, cell) => Math.max(most, cell[2]), 1);
  const from = colour('--heat0').split(',').map(Number), to = colour('--heat1').split(',').map(Number);
  const tall = plot.height / rows;
  const wide = Math.max(1, x(spec.interval + spec.from) - x(spec.from));
  for (const [column, row, count] of spec.heat.cells) {
    const share = Math.sqrt(count / most);
    const mixed = from.map((one, part) => Math.round(one + (to[part] - one) * share));
    pen.fillStyle = `rgb(${mixed})`;
    pen.fillRect(x(spec.times[column]), plot.top + plot.height - (row + 1) * tall, wide + 0.3, tall + 0.3);
  }
}

function marks(pen, plot, spec, x, colour) {
  const colours = { error: '--bad', critical: '--bad', warning: '--warn', success: '--good', ok: '--good' };
  for (const mark of spec.marks ?? []) {
    const at = x(mark.at + 0.5);
    if (at < plot.left || at > plot.left + plot.width) continue;
    pen.strokeStyle = pen.fillStyle = colour(colours[mark.level] ?? '--c1');
    if (mark.what === 'check') {
      // A strip at the foot; what is well is faint.
      pen.globalAlpha = mark.level === 'ok' ? 0.35 : 1;
      pen.fillRect(at - 2, plot.top + plot.height + 1, 4, 4);
      pen.globalAlpha = 1;
      continue;
    }
    pen.globalAlpha = 0.35;
    pen.beginPath(); pen.moveTo(at, plot.top); pen.lineTo(at, plot.top + plot.height); pen.stroke();
    pen.globalAlpha = 1;
    pen.beginPath(); pen.moveTo(at - 4, plot.top - 6); pen.lineTo(at + 4, plot.top - 6); pen.lineTo(at, plot.top + 1); pen.fill();
  }
}
