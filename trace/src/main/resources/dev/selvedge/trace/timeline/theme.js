// Colours. Tasks that went well have cool ones, by the pattern of their names, so that red stays for
// failures; and as not everybody sees red, failures bear a cross, too, and what was cancelled a line.

const HUES = {
  light: ["#2f6fc4", "#3fa3dc", "#1d8f87", "#6457c4", "#9163c9", "#5f7391", "#2b8bb0", "#4a5fd0"],
  dark: ["#5a96e6", "#62bdee", "#3fb5ab", "#8d82ea", "#b18ae6", "#8c9fbd", "#4fb2d6", "#7a8cf0"],
};

class Theme {
  constructor() {
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", () => {
      this.read(media.matches);
      this.onChange();
    });
    this.onChange = () => {};
    this.read(media.matches);
  }

  read(dark) {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["paper", "band", "line", "ink", "faint", "accent"]) {
      this[name] = style.getPropertyValue("--" + name).trim();
    }
    this.dark = dark;
    this.hues = HUES[dark ? "dark" : "light"];
    this.failed = dark ? "#ff5c4d" : "#d21f1f";
    this.cancelled = dark ? "#5a6170" : "#b4bac5";
    this.strike = dark ? "#f2f4f8" : "#22262e";
    this.queued = dark ? "#7b8494" : "#9aa2b0";
    this.onColour = dark ? "#0c0e12" : "#ffffff";
    // The same colours, thinner: for a pixel in which tasks run for a part of the time only.
    const levels = (colour) => [0.4, 0.55, 0.75, 1].map((part) => mixed(colour, this.paper, part));
    this.levels = this.hues.map(levels);
    this.failedLevels = levels(this.failed);
    this.cancelledLevels = levels(this.cancelled);
    this.hatch = null;
  }

  hue(pattern) {
    return (pattern * 2654435761 >>> 16) % this.hues.length;
  }

  colourOf(data, place) {
    switch (data.outcome[place]) {
      case FAILED: return this.failed;
      case CANCELLED: return this.cancelled;
      default: return this.hues[this.hue(data.pattern[place])];
    }
  }

  /** Lines of paper, at an angle, over a task that is blocked. */
  hatching(context) {
    if (!this.hatch) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 6;
      const pen = tile.getContext("2d");
      pen.strokeStyle = this.paper;
      pen.lineWidth = 2;
      pen.beginPath();
      for (const x of [-6, 0, 6]) {
        pen.moveTo(x - 1, 7);
        pen.lineTo(x + 7, -1);
      }
      pen.stroke();
      this.hatch = context.createPattern(tile, "repeat");
    }
    return this.hatch;
  }
}

function mixed(colour, other, part) {
  const channel = (text, i) => parseInt(text.slice(1 + 2 * i, 3 + 2 * i), 16);
  return "rgb(" + [0, 1, 2]
    .map((i) => Math.round(channel(colour, i) * part + channel(other, i) * (1 - part)))
    .join(",") + ")";
}
