// Finds tasks by a part of their names, in the order of time.

class Search {
  constructor(data) {
    this.data = data;
    this.found = [];
    this.at = -1;
  }

  /** Answers how many matching tasks are before each place; null if nothing is looked for. */
  find(text) {
    const { data } = this;
    const wanted = text.trim().toLowerCase();
    this.found = [];
    this.at = -1;
    if (!wanted) return null;
    const names = data.texts.map((name) => name.toLowerCase().includes(wanted));
    const before = new Uint32Array(data.count + 1);
    for (let i = 0; i < data.count; i++) {
      const matches = names[data.name[i]];
      if (matches) this.found.push(i);
      before[i + 1] = before[i] + (matches ? 1 : 0);
    }
    this.found.sort((a, b) => data.start[a] - data.start[b]);
    return before;
  }

  next(step) {
    const n = this.found.length;
    if (n === 0) return -1;
    this.at = this.at < 0 ? (step > 0 ? 0 : n - 1) : (this.at + step + n) % n;
    return this.found[this.at];
  }

  status() {
    const n = this.found.length;
    return this.at < 0 ? `${countText(n)} found` : `${countText(this.at + 1)} of ${countText(n)}`;
  }
}
