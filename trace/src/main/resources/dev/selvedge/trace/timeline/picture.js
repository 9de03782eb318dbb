// Draws the lanes.
//
// However many tasks there are, a lane costs at most a step for each of its pixels: what is narrower
// than a pixel is taken together with all that begins in it, and the next pixel's first task is found
// by bisection. Neighbouring pixels of one colour become one rectangle.

const NARROW = 1.5, BAR = LANE - 6, MOST_LINES = 300, MOST_CANCELLERS = 80;

/** Leaves out the middle: names of a kind often differ at the end. */
function shortened(text, letters) {
  const head = Math.floor((letters - 1) * 0.4);
  return text.slice(0, head) + "…" + text.slice(text.length - (letters - 1 - head));
}

class Picture {
  constructor(canvas, data, view, rows, theme) {
    Object.assign(this, { canvas, data, view, rows, theme });
    this.context = canvas.getContext("2d", { alpha: false });
    this.selected = -1;
    this.matches = null; // how many tasks before each place match the search
    this.marked = null; // the stretch that is being marked, in pixels
    this.pending = { x: 0, to: 0, colour: "" };
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.view.width = clientWidth;
    this.height = clientHeight;
  }

  /** Keeps the first row from going below the top, and the last one from going above the bottom. */
  clampTop() {
    this.view.top = Math.max(0, Math.min(this.view.top, this.rows.height - this.height));
  }

  draw() {
    this.clampTop();
    const { context, theme, view, rows } = this;
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, view.width, this.height);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    this.drawGrid();
    this.cancelled = [];
    for (const section of rows.sections) {
      const y = section.y - view.top;
      const bottom = y + TITLE + (section.open ? section.lanes * LANE : CLOSED);
      if (bottom < AXIS || y > this.height) continue;
      if (section.open) this.drawLanes(section);
      else this.drawClosed(section, y + TITLE);
      this.drawTitle(section, y, bottom);
    }
    this.drawArrows();
    this.drawAxis();
    this.drawScrollbar();
    if (this.marked) {
      context.fillStyle = theme.accent + "33";
      context.fillRect(this.marked[0], AXIS, this.marked[1] - this.marked[0], this.height);
    }
  }

  // ---- time ----

  eachTick(action) {
    const { view } = this;
    const step = tickStep(view.span / view.width * 110);
    for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
      if (time >= 0) action(Math.round(view.x(time)) + 0.5, time, step);
    }
  }

  drawGrid() {
    const { context, theme, view } = this;
    context.strokeStyle = theme.line;
    context.lineWidth = 1;
    context.beginPath();
    this.eachTick((x) => {
      context.moveTo(x, AXIS);
      context.lineTo(x, this.height);
    });
    context.stroke();
    context.fillStyle = theme.band;
    const begin = view.x(0), end = view.x(this.data.end);
    if (begin > 0) context.fillRect(0, AXIS, begin, this.height);
    if (end < view.width) context.fillRect(end, AXIS, view.width - end, this.height);
  }

  drawAxis() {
    const { context, theme, view } = this;
    context.fillStyle = theme.band;
    context.fillRect(0, 0, view.width, AXIS);
    context.fillStyle = theme.line;
    context.fillRect(0, AXIS - 1, view.width, 1);
    context.fillStyle = theme.faint;
    context.textAlign = "left";
    this.eachTick((x, time, step) => {
      context.fillRect(x - 0.5, AXIS - 6, 1, 6);
      context.fillText(tickText(time, step), x + 4, AXIS / 2);
    });
  }

  drawScrollbar() {
    const { context, theme, rows, view } = this;
    const shown = this.height - AXIS;
    if (rows.height <= this.height) return;
    const length = Math.max(20, shown * shown / (rows.height - AXIS));
    const y = AXIS + (shown - length) * view.top / (rows.height - this.height);
    context.fillStyle = theme.faint + "80";
    context.fillRect(view.width - 6, y, 4, length);
  }

  // ---- sections ----

  drawTitle(section, y, bottom) {
    const { context, theme, view, rows } = this;
    const top = Math.max(AXIS, Math.min(y, bottom - TITLE));
    context.fillStyle = theme.band;
    context.fillRect(0, top, view.width, TITLE - 2);
    context.fillStyle = theme.ink;
    context.textAlign = "left";
    context.fillText(`${section.open ? "▾" : "▸"} ${rows.title(section)}`, 8, top + TITLE / 2 - 1, view.width - 20);
  }

  /** How many ran at once, pixel by pixel, of at most as many as there are lanes. */
  drawClosed(section, y) {
    const { context, theme, view, data } = this;
    const counts = section.counts ??= new Activity(data, section.places[0], section.places[1]);
    const width = Math.ceil(view.width);
    context.fillStyle = theme.levels[0][2];
    context.beginPath();
    context.moveTo(0, y + CLOSED);
    for (let x = 0; x < width; x++) {
      const running = counts.running(view.time(x), view.time(x + 1));
      context.lineTo(x, y + CLOSED - Math.min(1, running / section.lanes) * (CLOSED - 3));
    }
    context.lineTo(width, y + CLOSED);
    context.fill();
  }

  drawLanes(section) {
    const { rows, view } = this;
    const first = Math.max(0, Math.floor((view.top + AXIS - section.y - TITLE) / LANE));
    const last = Math.min(section.lanes, Math.ceil((view.top + this.height - section.y - TITLE) / LANE));
    for (let i = first; i < last; i++) {
      const lane = section.first + i;
      this.drawLane(lane, rows.y(lane) - view.top + 2);
    }
  }

  // ---- lanes ----

  drawLane(lane, y) {
    const { data, view } = this;
    const last = data.laneFirst[lane + 1];
    const pixels = view.width / view.span;
    let place = data.firstEndingAfter(view.from, data.laneFirst[lane], last);
    this.drawQueuedBehind(place, last, y);
    while (place < last && data.start[place] < view.to) {
      const x = (data.start[place] - view.from) * pixels;
      const width = data.duration[place] * pixels;
      if (width >= NARROW) {
        this.flush(y);
        this.drawTask(place, x, width, y);
        place++;
      } else {
        place = this.addPixel(place, last, Math.floor(x), y);
      }
    }
    this.flush(y);
  }

  /** A task may be queued now and run only behind what is shown. */
  drawQueuedBehind(place, last, y) {
    const { data, view } = this;
    const next = data.firstStartingAt(view.to, place, last);
    if (next < last && data.start[next] - data.queued[next] < view.to) {
      this.drawQueued(next, view.width, y);
    }
  }

  /** Takes all that begins in a pixel together, and answers the place after them. */
  addPixel(place, last, x, y) {
    const { data, view, theme } = this;
    const boundary = view.time(x + 1);
    const next = Math.max(place + 1, data.firstStartingAt(boundary, place, last));
    const pixel = view.span / view.width;
    const share = (data.busyBefore[next] - data.busyBefore[place]) / pixel;
    const level = share > 0.75 ? 3 : share > 0.4 ? 2 : share > 0.15 ? 1 : 0;
    let colours = theme.levels[theme.hue(data.pattern[place])];
    let important = false;
    if (data.failedBefore[next] > data.failedBefore[place]) {
      colours = theme.failedLevels;
      important = true;
    } else if (data.cancelledBefore[next] > data.cancelledBefore[place]) {
      colours = theme.cancelledLevels;
    }
    let colour = colours[important ? 3 : level];
    if (this.matches && this.matches[next] === this.matches[place]) colour = theme.line;
    this.add(x, x + 1, colour, y);
    return next;
  }

  add(x, to, colour, y) {
    const { pending } = this;
    if (pending.to >= x && pending.colour === colour) {
      pending.to = to;
    } else {
      this.flush(y);
      pending.x = Math.max(x, pending.to);
      pending.to = to;
      pending.colour = colour;
    }
  }

  flush(y) {
    const { pending, context } = this;
    if (pending.colour) {
      context.fillStyle = pending.colour;
      context.fillRect(pending.x, y, pending.to - pending.x, BAR);
    }
    pending.colour = "";
    pending.to = -1;
  }

  drawTask(place, x, width, y) {
    const { context, data, theme, view } = this;
    const left = Math.max(x, -2), right = Math.min(x + width, view.width + 2);
    const shown = Math.max(1, right - left - (width > 4 ? 0.75 : 0));
    const dim = this.matches && this.matches[place + 1] === this.matches[place];
    if (data.queued[place] > 0) this.drawQueued(place, left, y);
    context.fillStyle = dim ? theme.line : theme.colourOf(data, place);
    context.fillRect(left, y, shown, BAR);
    if (!dim) {
      if (width > 5) this.drawWaits(place, y);
      if (data.outcome[place] === CANCELLED) {
        this.strike(left, shown, y);
        if (width > 8 && data.canceller[place] >= 0) this.cancelled.push(place);
      }
      if (data.outcome[place] === FAILED && width > 9) this.cross(Math.max(left, 0) + 2, y + 3);
    }
    if (shown > 36) this.drawName(place, left, right, y, dim);
    if (place === this.selected) {
      context.strokeStyle = theme.ink;
      context.lineWidth = 2;
      context.strokeRect(left - 1, y - 1, shown + 2, BAR + 2);
      context.lineWidth = 1;
    }
  }

  drawQueued(place, right, y) {
    const { context, data, theme, view } = this;
    const x = Math.max(-2, view.x(data.start[place] - data.queued[place]));
    if (right - x < 1) return;
    context.fillStyle = theme.queued;
    context.fillRect(x, y + BAR + 1, right - x, 2);
    if (x >= 0) context.fillRect(x, y + BAR - 2, 1, 5);
  }

  drawWaits(place, y) {
    const { context, data, theme, view } = this;
    for (let i = data.waitFirst[place]; i < data.waitFirst[place + 1]; i++) {
      const x = Math.max(-2, view.x(data.waitStart[i]));
      const to = Math.min(view.width + 2, view.x(data.waitStart[i] + data.waitDuration[i]));
      if (to - x >= 2) {
        context.fillStyle = theme.hatching(context);
        context.fillRect(x, y, to - x, BAR);
      }
    }
  }

  strike(x, width, y) {
    this.context.fillStyle = this.theme.strike;
    this.context.fillRect(x, y + BAR / 2 - 1, width, 1.5);
  }

  cross(x, y) {
    const { context, theme } = this;
    context.strokeStyle = theme.onColour;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 7, y + 7);
    context.moveTo(x + 7, y);
    context.lineTo(x, y + 7);
    context.stroke();
    context.lineWidth = 1;
  }

  drawName(place, left, right, y, dim) {
    const { context, data, theme, view } = this;
    const cross = data.outcome[place] === FAILED ? 10 : 0;
    const x = Math.max(left, 0) + 4 + cross;
    const waits = data.waitFirst[place] < data.waitFirst[place + 1];
    // Some of the hatching must stay to be seen.
    const room = (Math.min(right, view.width) - x - 4) * (waits ? 0.6 : 1);
    const letters = Math.floor(room / 6);
    if (letters < 4) return;
    const text = data.texts[data.name[place]];
    const shown = text.length <= letters ? text : shortened(text, letters);
    const struck = data.outcome[place] === CANCELLED;
    // On hatching and strokes, letters need a ground of their own.
    if (struck || waits) {
      context.fillStyle = dim ? theme.line : theme.colourOf(data, place);
      context.fillRect(x - 2, y + 1, Math.min(room, context.measureText(shown).width) + 4, BAR - 2);
    }
    context.fillStyle = dim ? theme.faint : struck ? theme.ink : theme.onColour;
    context.textAlign = "left";
    context.fillText(shown, x, y + BAR / 2 + 0.5, room);
  }

  // ---- who had to do with whom ----

  drawArrows() {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(0, AXIS, this.view.width, this.height);
    context.clip();
    if (this.cancelled.length <= MOST_CANCELLERS) this.cancelled.forEach((place) => this.drawCanceller(place));
    if (this.selected >= 0) this.drawSelection();
    context.restore();
  }

  drawCanceller(place) {
    const { data, theme } = this;
    const at = data.cancelledAt[place];
    this.arrow(data.canceller[place], at, place, at, theme.failed, []);
  }

  drawSelection() {
    const { data, theme, selected } = this;
    const begin = data.start[selected] - data.queued[selected];
    if (data.parent[selected] >= 0) {
      this.arrow(data.parent[selected], begin, selected, begin, theme.ink, []);
    }
    let lines = 0;
    for (const child of data.children(selected)) {
      if (lines++ === MOST_LINES) break;
      const at = data.start[child] - data.queued[child];
      this.arrow(selected, at, child, at, theme.faint, []);
    }
    for (let i = data.waitFirst[selected]; i < data.waitFirst[selected + 1] && lines < MOST_LINES; i++) {
      const holder = data.waitHolder[i];
      if (holder >= 0) {
        lines++;
        const end = data.waitStart[i] + data.waitDuration[i];
        this.arrow(holder, Math.min(data.endOf(holder), end), selected, end, theme.accent, [4, 3]);
      }
    }
    if (data.canceller[selected] >= 0) this.drawCanceller(selected);
  }

  arrow(from, fromTime, to, toTime, colour, dashes) {
    const { context, data, rows, view } = this;
    const middle = (place) => rows.y(data.laneOf[place]) - view.top + LANE / 2;
    const begin = Math.min(Math.max(fromTime, data.start[from]), data.endOf(from));
    const x1 = view.x(begin), y1 = middle(from), x2 = view.x(toTime), y2 = middle(to);
    if (Math.max(x1, x2) < -50 || Math.min(x1, x2) > view.width + 50) return;
    const bend = Math.max(14, Math.abs(x2 - x1) / 2);
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.setLineDash(dashes);
    context.beginPath();
    context.moveTo(x1, y1);
    context.bezierCurveTo(x1 - (x1 === x2 ? bend : -bend), y1, x2 - bend, y2, x2, y2);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(x2, y2);
    context.lineTo(x2 - 7, y2 - 4);
    context.lineTo(x2 - 7, y2 + 4);
    context.fill();
    context.beginPath();
    context.arc(x1, y1, 2.5, 0, 7);
    context.fill();
    context.lineWidth = 1;
  }

  // ---- what is where ----

  /** The task at a point, or -1; of several in a pixel, one that failed, else the longest of the first. */
  taskAt(x, y) {
    const { data, view, rows } = this;
    if (y < AXIS) return -1;
    const found = rows.at(y + view.top);
    if (!found || found.lane < 0) return -1;
    const from = view.time(x - 2), to = view.time(x + 2);
    const last = data.laneFirst[found.lane + 1];
    let best = -1;
    let place = data.firstEndingAfter(from, data.laneFirst[found.lane], last);
    for (let i = 0; i < 1000 && place < last && data.start[place] <= to; i++, place++) {
      const failed = data.outcome[place] === FAILED;
      if (best < 0 || failed || (data.outcome[best] !== FAILED && data.duration[place] > data.duration[best])) {
        best = place;
      }
    }
    return best;
  }

  /** Shows a task, at a width that lets its neighbours be seen, and in the middle. */
  reveal(place, zoom) {
    const { data, view, rows } = this;
    const section = rows.sections[rows.sectionOfLane[data.laneOf[place]]];
    if (!section.open) rows.toggle(section);
    const begin = data.start[place] - data.queued[place], end = data.endOf(place);
    if (zoom) {
      const margin = Math.max(SHORTEST, (end - begin) * 0.6);
      view.show(begin - margin, end + margin);
    } else if (data.start[place] > view.to || end < view.from) {
      const middle = data.start[place] + data.duration[place] / 2;
      view.show(middle - view.span / 2, middle + view.span / 2);
    }
    const y = rows.y(data.laneOf[place]) - view.top;
    if (y < AXIS + TITLE || y > this.height - LANE) {
      view.top = rows.y(data.laneOf[place]) - this.height / 2;
    }
  }
}
