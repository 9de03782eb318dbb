// Where sections and their lanes are, from top to bottom. A closed section is one row that shows how
// much ran in it.

const AXIS = 24, TITLE = 24, LANE = 20, CLOSED = 30, GAP = 6, MANY = 400;

class Rows {
  constructor(data) {
    this.data = data;
    let lane = 0;
    this.sections = data.head.sections.map((section) => {
      const first = lane;
      lane += section.lanes;
      const places = [data.laneFirst[first], data.laneFirst[lane]];
      return { ...section, first, last: lane, places, open: section.lanes <= MANY };
    });
    this.sectionOfLane = new Uint32Array(data.lanes);
    this.sections.forEach((section, i) => this.sectionOfLane.fill(i, section.first, section.last));
    this.layOut();
  }

  layOut() {
    let y = AXIS;
    for (const section of this.sections) {
      section.y = y;
      y += TITLE + (section.open ? section.lanes * LANE : CLOSED) + GAP;
    }
    this.height = y;
  }

  toggle(section) {
    section.open = !section.open;
    this.layOut();
  }

  /** The top of a lane's row; of a closed section's row for each of its lanes. */
  y(lane) {
    const section = this.sections[this.sectionOfLane[lane]];
    return section.y + TITLE + (section.open ? (lane - section.first) * LANE : (CLOSED - LANE) / 2);
  }

  /** What is at a height: a section, and its lane if it is not the title. */
  at(y) {
    for (const section of this.sections) {
      if (y < section.y) return null;
      const inside = y - section.y - TITLE;
      if (inside < 0) return { section, lane: -1 };
      const lane = Math.floor(inside / LANE);
      if (section.open && lane < section.lanes) return { section, lane: section.first + lane };
      if (!section.open && inside < CLOSED) return { section, lane: -1 };
    }
    return null;
  }

  title(section) {
    const data = this.data;
    const [from, to] = section.places;
    const failed = data.failedBefore[to] - data.failedBefore[from];
    const cancelled = data.cancelledBefore[to] - data.cancelledBefore[from];
    const parts = [
      `${section.kind} ${section.name}`,
      `${countText(to - from)} task${to - from === 1 ? "" : "s"}`,
      `at most ${countText(section.lanes)} at once`,
    ];
    if (failed) parts.push(`${countText(failed)} failed`);
    if (cancelled) parts.push(`${countText(cancelled)} cancelled`);
    if (this.data.head.processes.length > 1) parts.push(data.head.processes[section.process]);
    return parts.join("  ·  ");
  }
}
