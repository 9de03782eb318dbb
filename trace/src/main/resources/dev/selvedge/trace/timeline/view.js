// Which stretch of time is shown, and how wide it is in pixels.

const SHORTEST = 100; // nanoseconds

class View {
  constructor(end) {
    this.end = end;
    this.width = 1;
    this.top = 0;
    this.whole();
  }

  whole() {
    const margin = this.end * 0.01;
    this.show(-margin, this.end + margin);
  }

  show(from, to) {
    const longest = this.end * 1.2;
    const span = Math.min(longest, Math.max(SHORTEST, to - from));
    const middle = (from + to) / 2;
    this.from = Math.min(this.end * 1.1 - span / 2, Math.max(-this.end * 0.1 - span / 2, middle - span / 2));
    this.to = this.from + span;
  }

  get span() {
    return this.to - this.from;
  }

  x(time) {
    return (time - this.from) / this.span * this.width;
  }

  time(x) {
    return this.from + x / this.width * this.span;
  }

  /** Zooms so that the time at x stays there. */
  zoom(factor, x) {
    const still = this.time(x);
    const span = Math.min(this.end * 1.2, Math.max(SHORTEST, this.span * factor));
    const from = still - x / this.width * span;
    this.show(from, from + span);
  }

  move(pixels) {
    const time = pixels / this.width * this.span;
    this.show(this.from + time, this.to + time);
  }
}
