// What is known of the selected task. All texts are set as text, so whatever a name contains is shown
// and never run.

function element(name, text, attributes) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return Object.assign(made, attributes);
}

class Details {
  constructor(aside, data, theme, select) {
    Object.assign(this, { aside, data, theme, select });
  }

  show(place) {
    const { aside, data, theme } = this;
    aside.hidden = place < 0;
    if (place < 0) return;
    aside.replaceChildren(element("h2", this.name(place)));
    const state = element("span", ["succeeded", "failed", "cancelled", "unknown"][data.outcome[place]], { className: "state" });
    state.style.background = theme.colourOf(data, place);
    state.style.color = data.outcome[place] === CANCELLED ? theme.ink : theme.onColour;
    aside.append(state);
    const list = this.list();
    if (data.exception[place]) list("exception", data.texts[data.exception[place]]);
    list("ran for", lengthText(data.duration[place]));
    if (data.blocked[place]) list("of it blocked", lengthText(data.blocked[place]));
    list("queued for", lengthText(data.queued[place]));
    list("began at", lengthText(data.start[place]) + " after the beginning");
    list("on the clock", new Date(data.head.beginMillis + data.start[place] / 1e6).toISOString());
    if (data.attempt[place] > 1) list("attempt", data.attempt[place]);
    list("id", data.id[place]);
    if (data.group[place]) list("group", data.texts[data.group[place]]);
    if (data.parent[place] >= 0) list("forked by", this.link(data.parent[place]));
    this.addCancellation(place);
    this.addWaits(place);
    this.addChildren(place);
  }

  name(place) {
    return this.data.texts[this.data.name[place]];
  }

  list(title) {
    if (title) this.aside.append(element("h3", title));
    const list = element("dl");
    this.aside.append(list);
    return (term, value) => {
      const shown = element("dd");
      shown.append(value);
      list.append(element("dt", term), shown);
    };
  }

  link(place) {
    const link = element("a", this.name(place), { tabIndex: 0 });
    link.onclick = () => this.select(place);
    link.onkeydown = (event) => event.key === "Enter" && this.select(place);
    return link;
  }

  addCancellation(place) {
    const { data } = this;
    if (data.cancelledAt[place] < 0) return;
    const list = this.list("Cancellation");
    if (data.cancelReason[place]) list("because", data.texts[data.cancelReason[place]]);
    if (data.canceller[place] >= 0) list("by", this.link(data.canceller[place]));
    else if (data.cancelBy[place]) list("by", data.texts[data.cancelBy[place]]);
    list("went on for", lengthText(data.cancelTook[place]));
    if (data.swallowed[place]) list("swallowed at", data.texts[data.swallowed[place]]);
  }

  addWaits(place) {
    const { data } = this;
    const from = data.waitFirst[place], to = data.waitFirst[place + 1];
    if (from === to) return;
    const list = this.list(`Waits (${countText(to - from)})`);
    for (let i = from; i < Math.min(to, from + 20); i++) {
      const value = element("span", `${lengthText(data.waitDuration[i])} ${data.texts[data.waitOn[i]]} `);
      if (data.waitHolder[i] >= 0) value.append("held by ", this.link(data.waitHolder[i]));
      list(data.texts[data.waitKind[i]], value);
    }
  }

  addChildren(place) {
    const children = this.data.children(place);
    if (children.length === 0) return;
    const list = this.list(`Forked (${countText(children.length)})`);
    for (const child of children.subarray(0, 20)) {
      list(lengthText(this.data.duration[child]), this.link(child));
    }
  }
}
