// Puts the parts together: reads the data, and turns what the user does into what is shown.

const $ = (id) => document.getElementById(id);

class Page {
  constructor(data) {
    this.data = data;
    this.theme = new Theme();
    this.view = new View(data.end);
    this.rows = new Rows(data);
    this.picture = new Picture($("picture"), data, this.view, this.rows, this.theme);
    this.overview = new Overview($("overview"), data, this.view, this.theme);
    this.details = new Details($("details"), data, this.theme, (place) => this.select(place, true));
    this.search = new Search(data);
    this.theme.onChange = () => {
      this.resize();
      this.details.show(this.picture.selected);
    };
    new ResizeObserver(() => this.resize()).observe($("picture"));
    this.writeTexts();
    this.listen();
    this.resize();
  }

  resize() {
    this.picture.resize();
    this.overview.resize();
    this.drawLegend();
    this.draw();
  }

  draw() {
    this.picture.draw();
    this.overview.draw();
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  writeTexts() {
    const { data } = this;
    const n = data.count;
    const parts = [`${countText(n)} tasks in ${lengthText(data.end)}`];
    if (data.failedBefore[n]) parts.push(`${countText(data.failedBefore[n])} failed`);
    if (data.cancelledBefore[n]) parts.push(`${countText(data.cancelledBefore[n])} cancelled`);
    const processes = data.head.processes;
    parts.push(processes.length === 1 ? processes[0] : `${processes.length} processes`);
    $("summary").textContent = parts.join("  ·  ");
    $("notes").textContent = data.head.notes.join("; ");
  }

  drawLegend() {
    const { theme } = this;
    const samples = [
      ["queued", (pen) => { pen.fillStyle = theme.queued; pen.fillRect(0, 9, 34, 3); }],
      ["running", (pen) => { pen.fillStyle = theme.hues[0]; pen.fillRect(0, 1, 34, 12); }],
      ["blocked", (pen) => {
        pen.fillStyle = theme.hues[0]; pen.fillRect(0, 1, 34, 12);
        pen.fillStyle = theme.hatching(pen); pen.fillRect(0, 1, 34, 12);
      }],
      ["failed", (pen) => {
        pen.fillStyle = theme.failed; pen.fillRect(0, 1, 34, 12);
        pen.strokeStyle = theme.onColour; pen.lineWidth = 1.5;
        pen.beginPath(); pen.moveTo(4, 3.5); pen.lineTo(11, 10.5); pen.moveTo(11, 3.5); pen.lineTo(4, 10.5); pen.stroke();
      }],
      ["cancelled", (pen) => {
        pen.fillStyle = theme.cancelled; pen.fillRect(0, 1, 34, 12);
        pen.fillStyle = theme.strike; pen.fillRect(0, 6, 34, 1.5);
      }],
    ];
    const ratio = devicePixelRatio || 1;
    $("legend").replaceChildren(...samples.map(([name, paint]) => {
      const canvas = element("canvas", undefined, { width: 34 * ratio, height: 14 * ratio });
      const pen = canvas.getContext("2d");
      pen.scale(ratio, ratio);
      paint(pen);
      const item = element("li");
      item.append(canvas, name);
      return item;
    }));
  }

  select(place, reveal, zoom) {
    this.picture.selected = place;
    this.details.show(place);
    if (place >= 0 && reveal) this.picture.reveal(place, zoom);
    this.redraw();
  }

  // ---- what the user does ----

  listen() {
    const canvas = $("picture");
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => { $("tip").hidden = true; });
    canvas.addEventListener("dblclick", (event) => {
      const place = this.picture.taskAt(event.offsetX, event.offsetY);
      if (place >= 0) this.select(place, true, true);
    });
    $("overview").addEventListener("pointerdown", (event) => this.pressOverview(event));
    addEventListener("keydown", (event) => this.key(event));
    $("query").addEventListener("input", () => this.find());
    $("whole").onclick = () => { this.view.whole(); this.redraw(); };
    $("keys").onclick = () => $("help").showModal();
  }

  wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const vertical = event.deltaY * unit, horizontal = event.deltaX * unit;
    if (event.shiftKey) {
      this.view.top += vertical || horizontal;
    } else if (Math.abs(horizontal) > Math.abs(vertical)) {
      this.view.move(horizontal);
    } else {
      this.view.zoom(Math.pow(1.0018, vertical), event.offsetX);
    }
    this.redraw();
  }

  press(event) {
    if (event.button !== 0) return;
    const canvas = $("picture"), { view, picture } = this;
    const begin = { x: event.offsetX, y: event.offsetY };
    let last = begin, moved = false;
    canvas.setPointerCapture(event.pointerId);
    const move = (next) => {
      const at = { x: next.offsetX, y: next.offsetY };
      moved ||= Math.hypot(at.x - begin.x, at.y - begin.y) > 4;
      if (!moved) return;
      canvas.classList.add("moving");
      if (event.shiftKey) {
        picture.marked = [Math.min(begin.x, at.x), Math.max(begin.x, at.x)];
      } else {
        view.move(last.x - at.x);
        view.top += last.y - at.y;
      }
      last = at;
      this.redraw();
    };
    const release = () => {
      canvas.removeEventListener("pointermove", move);
      canvas.classList.remove("moving");
      if (picture.marked) {
        view.show(view.time(picture.marked[0]), view.time(picture.marked[1]));
        picture.marked = null;
      } else if (!moved) {
        this.click(begin);
      }
      this.redraw();
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", release, { once: true });
  }

  click({ x, y }) {
    const place = this.picture.taskAt(x, y);
    const found = place < 0 && y > AXIS ? this.rows.at(y + this.view.top) : null;
    if (found && found.lane < 0) this.rows.toggle(found.section);
    else this.select(place);
  }

  hover(event) {
    const tip = $("tip"), { data } = this;
    const place = event.buttons ? -1 : this.picture.taskAt(event.offsetX, event.offsetY);
    tip.hidden = place < 0;
    if (place < 0) return;
    const queued = data.queued[place] ? `, queued for ${lengthText(data.queued[place])}` : "";
    tip.textContent = `${data.texts[data.name[place]]}\n${lengthText(data.duration[place])}${queued}`;
    const left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8);
    const top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8);
    tip.style.left = `${left}px`;
    tip.style.top = `${top}px`;
  }

  /** Drags what is shown, or chooses something else to be shown. */
  pressOverview(event) {
    const { view, overview } = this;
    const canvas = $("overview");
    canvas.setPointerCapture(event.pointerId);
    const begin = overview.time(event.offsetX);
    const inside = begin > view.from && begin < view.to && view.span < this.data.end * 0.9;
    const from = view.from, span = view.span;
    const move = (next) => {
      const at = overview.time(next.offsetX);
      if (inside) view.show(from + at - begin, from + at - begin + span);
      else if (at !== begin) view.show(Math.min(at, begin), Math.max(at, begin));
      this.redraw();
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", (last) => {
      canvas.removeEventListener("pointermove", move);
      if (!inside && Math.abs(last.offsetX - event.offsetX) < 3) {
        view.show(begin - span / 2, begin + span / 2);
        this.redraw();
      }
    }, { once: true });
  }

  find() {
    this.picture.matches = this.search.find($("query").value);
    $("found").textContent = this.picture.matches ? this.search.status() : "";
    this.redraw();
  }

  goToFound(step) {
    const place = this.search.next(step);
    $("found").textContent = this.picture.matches ? this.search.status() : "";
    if (place >= 0) this.select(place, true, true);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
    if (event.target === $("query")) {
      if (event.key === "Enter") this.goToFound(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") {
        $("query").value = "";
        this.find();
        $("picture").focus();
      }
      return;
    }
    const action = this.actions()[event.key];
    if (action) {
      event.preventDefault();
      action();
      this.redraw();
    }
  }

  actions() {
    const { view, picture, data } = this;
    const middle = view.width / 2, page = picture.height - AXIS - LANE;
    const zoomIn = () => view.zoom(0.7, middle), zoomOut = () => view.zoom(1 / 0.7, middle);
    const earlier = () => view.move(-view.width / 6), later = () => view.move(view.width / 6);
    const selectOther = (others) => {
      const place = picture.selected < 0 ? -1 : others[picture.selected];
      if (place >= 0) this.select(place, true);
    };
    return {
      w: zoomIn, "+": zoomIn, "=": zoomIn, s: zoomOut, "-": zoomOut,
      a: earlier, ArrowLeft: earlier, d: later, ArrowRight: later,
      ArrowUp: () => { view.top -= 3 * LANE; },
      ArrowDown: () => { view.top += 3 * LANE; },
      PageUp: () => { view.top -= page; },
      PageDown: () => { view.top += page; },
      Home: () => { view.top = 0; },
      End: () => { view.top = this.rows.height; },
      0: () => view.whole(),
      f: () => picture.selected >= 0 && picture.reveal(picture.selected, true),
      p: () => selectOther(data.parent),
      c: () => selectOther(data.canceller),
      n: () => this.goToFound(1),
      N: () => this.goToFound(-1),
      "/": () => $("query").select(),
      "?": () => $("help").showModal(),
      Escape: () => this.select(-1),
    };
  }
}

readData($("data").textContent.trim()).then(
  (data) => {
    const page = new Page(data);
    $("data").remove();
    // For tests and for the curious: timeline.data, timeline.view.
    globalThis.timeline = page;
    document.documentElement.dataset.opened = Math.round(performance.now());
  },
  (failure) => {
    $("summary").textContent = `This page is damaged (${failure.message}); make it again.`;
  },
);
