// The strip at the top: how many tasks ran and were queued over the whole time, where tasks failed,
// and which part of it is shown below.

/** How many of some tasks ran at any time, as a curve that can be asked for any stretch. */
class Activity {
  static BINS = 8192;

  constructor(data, from, to) {
    this.bin = data.end / Activity.BINS;
    this.run = Activity.sums(this.bin, (add) => {
      for (let i = from; i < to; i++) add(data.start[i], data.duration[i]);
    });
    this.wait = Activity.sums(this.bin, (add) => {
      for (let i = from; i < to; i++) if (data.queued[i]) add(data.start[i] - data.queued[i], data.queued[i]);
    });
  }

  /** The time spent before each bin, added up. Whole bins are counted by their first and their last. */
  static sums(bin, each) {
    const n = Activity.BINS;
    const slope = new Float64Array(n + 2), part = new Float64Array(n + 2);
    each((start, length) => {
      const end = start + length;
      const first = Math.min(n - 1, Math.max(0, Math.floor(start / bin)));
      const last = Math.min(n - 1, Math.max(0, Math.floor(end / bin)));
      if (first === last) {
        part[first] += length;
      } else {
        part[first] += (first + 1) * bin - start;
        part[last] += end - last * bin;
        slope[first + 1]++;
        slope[last]--;
      }
    });
    const sums = new Float64Array(n + 1);
    let whole = 0;
    for (let i = 0; i < n; i++) {
      whole += slope[i];
      sums[i + 1] = sums[i] + part[i] + whole * bin;
    }
    return sums;
  }

  static mean(sums, bin, from, to) {
    const at = (time) => {
      const place = Math.min(Activity.BINS, Math.max(0, time / bin));
      const index = Math.min(Activity.BINS - 1, Math.floor(place));
      return sums[index] + (sums[index + 1] - sums[index]) * (place - index);
    };
    return (at(to) - at(from)) / (to - from);
  }

  running(from, to) {
    return Activity.mean(this.run, this.bin, from, to);
  }

  queued(from, to) {
    return Activity.mean(this.wait, this.bin, from, to);
  }
}

class Overview {
  constructor(canvas, data, view, theme) {
    Object.assign(this, { canvas, data, view, theme });
    this.context = canvas.getContext("2d", { alpha: false });
    this.activity = new Activity(data, 0, data.count);
    this.failures = Array.from({ length: data.count }, (_, i) => i)
      .filter((i) => data.outcome[i] === FAILED)
      .map((i) => data.endOf(i));
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.still = null;
  }

  x(time) {
    return 6 + time / this.data.end * (this.width - 12);
  }

  time(x) {
    return (x - 6) / (this.width - 12) * this.data.end;
  }

  draw() {
    const { context, theme, view, width, height } = this;
    if (this.still) context.putImageData(this.still, 0, 0);
    else this.drawStill();
    const from = Math.max(0, this.x(view.from)), to = Math.min(width, this.x(view.to));
    context.fillStyle = theme.dark ? "#00000080" : "#ffffffa0";
    context.fillRect(0, 0, from, height);
    context.fillRect(to, 0, width - to, height);
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.strokeRect(from + 1, 1, Math.max(1, to - from - 2), height - 3);
  }

  drawStill() {
    const { context, theme, activity, width, height } = this;
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, width, height);
    const sample = (kind) => Array.from({ length: Math.ceil(width) },
      (_, x) => Math.max(0, activity[kind](this.time(x), this.time(x + 1))));
    const running = sample("running"), queued = sample("queued");
    const base = height - 10, most = (list) => list.reduce((a, b) => Math.max(a, b), 1e-9);
    const mostRunning = most(running), mostQueued = most(queued);
    context.fillStyle = theme.levels[0][2];
    context.beginPath();
    context.moveTo(0, base);
    running.forEach((count, x) => context.lineTo(x, base - count / mostRunning * (base - 6)));
    context.lineTo(width, base);
    context.fill();
    if (mostQueued > 1e-6) {
      context.strokeStyle = theme.queued;
      context.beginPath();
      queued.forEach((count, x) => context.lineTo(x, base - count / mostQueued * (base - 6)));
      context.stroke();
    }
    context.fillStyle = theme.failed;
    for (const time of this.failures) context.fillRect(this.x(time) - 1, base + 2, 2, 7);
    context.fillStyle = theme.faint;
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "top";
    const text = `up to ${countText(Math.ceil(mostRunning - 0.05))} running`
      + (mostQueued > 0.05 ? `, ${countText(Math.ceil(mostQueued - 0.05))} queued (line)` : "");
    const wide = context.measureText(text).width;
    context.fillStyle = theme.paper + "d0";
    context.fillRect(6, 3, wide + 6, 14);
    context.fillStyle = theme.faint;
    context.fillText(text, 9, 4);
    this.still = context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }
}
