// The tasks, as TimelineData packed them.
//
// Tasks have places, from 0, lane by lane, and in a lane in the order of time. As tasks in one lane
// never overlap, both their begins and their ends ascend there: so what a stretch of time shows is
// found by bisection. Sums over all places before one make any stretch's sum one subtraction.
// Times are nanoseconds since the recording began.

const SUCCEEDED = 0, FAILED = 1, CANCELLED = 2;

/** Reads numbers of seven bits a byte, the lowest first. */
class NumberReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  next() {
    let number = 0, factor = 1, byte;
    do {
      byte = this.bytes[this.at++];
      number += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return number;
  }

  nextSigned() {
    const number = this.next();
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  }
}

async function readData(base64) {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const jsonLength = new DataView(bytes.buffer).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + jsonLength)));
  const columns = {};
  let at = 4 + jsonLength;
  for (const [name, length] of Object.entries(head.columns)) {
    columns[name] = bytes.subarray(at, at + length);
    at += length;
  }
  return new Data(head, columns);
}

class Data {
  constructor(head, columns) {
    this.head = head;
    this.texts = head.texts;
    this.count = head.tasks;
    const read = (name, array) => {
      const reader = new NumberReader(columns[name] ?? new Uint8Array(0));
      for (let i = 0; i < array.length; i++) array[i] = reader.next();
      return array;
    };
    const n = this.count;
    this.duration = read("duration", new Float64Array(n));
    this.queued = read("queued", new Float64Array(n));
    this.blocked = read("blocked", new Float64Array(n));
    this.name = read("name", new Uint32Array(n));
    this.pattern = read("pattern", new Uint32Array(n));
    this.outcome = read("outcome", new Uint8Array(n));
    this.attempt = read("attempt", new Uint32Array(n));
    this.exception = read("exception", new Uint32Array(n));
    this.parent = read("parent", new Int32Array(n)).map((place) => place - 1);
    this.group = read("group", new Uint32Array(n));
    this.canceller = read("canceller", new Int32Array(n)).map((place) => place - 1);
    this.cancelledAt = read("cancelledAt", new Float64Array(n)).map((time) => time - 1);
    this.cancelTook = read("cancelTook", new Float64Array(n));
    this.cancelReason = read("cancelReason", new Uint32Array(n));
    this.cancelBy = read("cancelBy", new Uint32Array(n));
    this.swallowed = read("swallowed", new Uint32Array(n));
    this.readBegins(columns);
    this.readWaits(columns, read);
    this.addUp();
  }

  readBegins(columns) {
    const starts = new NumberReader(columns.start ?? new Uint8Array(0));
    const ids = new NumberReader(columns.id ?? new Uint8Array(0));
    const newLane = columns.newLane;
    this.start = new Float64Array(this.count);
    this.id = new Float64Array(this.count);
    this.laneOf = new Uint32Array(this.count);
    this.laneFirst = [];
    let id = 0;
    for (let i = 0; i < this.count; i++) {
      if (newLane[i]) this.laneFirst.push(i);
      this.start[i] = starts.nextSigned() + (newLane[i] ? 0 : this.start[i - 1]);
      this.id[i] = id += ids.nextSigned();
      this.laneOf[i] = this.laneFirst.length - 1;
    }
    this.lanes = this.laneFirst.length;
    this.laneFirst.push(this.count);
  }

  readWaits(columns, read) {
    const n = this.head.waits;
    this.waitDuration = read("waitDuration", new Float64Array(n));
    this.waitKind = read("waitKind", new Uint32Array(n));
    this.waitOn = read("waitOn", new Uint32Array(n));
    this.waitHolder = read("waitHolder", new Int32Array(n)).map((place) => place - 1);
    this.waitStart = new Float64Array(n);
    this.waitFirst = new Uint32Array(this.count + 1);
    const tasks = new NumberReader(columns.waitTask ?? new Uint8Array(0));
    const starts = new NumberReader(columns.waitStart ?? new Uint8Array(0));
    let task = 0;
    for (let i = 0; i < n; i++) {
      task += tasks.nextSigned();
      this.waitStart[i] = this.start[task] + starts.nextSigned();
      this.waitFirst[task + 1]++;
    }
    for (let i = 0; i < this.count; i++) this.waitFirst[i + 1] += this.waitFirst[i];
  }

  addUp() {
    const n = this.count;
    this.busyBefore = new Float64Array(n + 1);
    this.failedBefore = new Uint32Array(n + 1);
    this.cancelledBefore = new Uint32Array(n + 1);
    this.end = 1;
    for (let i = 0; i < n; i++) {
      this.busyBefore[i + 1] = this.busyBefore[i] + this.duration[i];
      this.failedBefore[i + 1] = this.failedBefore[i] + (this.outcome[i] === FAILED ? 1 : 0);
      this.cancelledBefore[i + 1] = this.cancelledBefore[i] + (this.outcome[i] === CANCELLED ? 1 : 0);
      this.end = Math.max(this.end, this.start[i] + this.duration[i]);
    }
  }

  endOf(place) {
    return this.start[place] + this.duration[place];
  }

  /** The first place in [from, to) that is not over at a time. */
  firstEndingAfter(time, from, to) {
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.endOf(middle) < time) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The first place in [from, to) that begins at a time or later; near places are found faster. */
  firstStartingAt(time, from, to) {
    let step = 1, low = from;
    while (low + step < to && this.start[low + step] < time) {
      low += step;
      step *= 2;
    }
    let high = Math.min(to, low + step);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.start[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Those that a task forked, in the order of time; which they are is found when it is first asked for. */
  children(place) {
    if (!this.childFirst) {
      this.childFirst = new Uint32Array(this.count + 1);
      for (const parent of this.parent) if (parent >= 0) this.childFirst[parent + 1]++;
      for (let i = 0; i < this.count; i++) this.childFirst[i + 1] += this.childFirst[i];
      this.childPlaces = new Uint32Array(this.childFirst[this.count]);
      const next = this.childFirst.slice();
      this.parent.forEach((parent, child) => {
        if (parent >= 0) this.childPlaces[next[parent]++] = child;
      });
    }
    return this.childPlaces.slice(this.childFirst[place], this.childFirst[place + 1])
      .sort((a, b) => this.start[a] - this.start[b]);
  }
}
