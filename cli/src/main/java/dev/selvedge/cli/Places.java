package dev.selvedge.cli;

import dev.selvedge.trace.live.WaitingPlaces;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/// Prints where the threads of a JVM are.
final class Places {
  private Places() {}

  static void print(WaitingPlaces places, PrintWriter out) {
    out.printf(
        "%,d threads, %,d of them virtual; Selvedge is not asked%n",
        places.threads(), places.virtual());
    for (WaitingPlaces.Container container : places.containers()) {
      out.printf("%n%s: %,d threads%n", container.name(), container.threads());
      for (WaitingPlaces.Place place : container.places()) {
        out.printf("  %,d × %s%n", place.threads(), place.doing());
        place.frames().forEach(frame -> out.println("      at " + frame));
      }
      if (container.left() > 0) {
        out.printf("  … %,d more, elsewhere%n", container.left());
      }
    }
    if (places.left() > 0) {
      out.printf("%n… %,d threads of more containers%n", places.left());
    }
  }

  static Map<String, Object> json(long pid, WaitingPlaces places) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pid", pid);
    all.put("threads", places.threads());
    all.put("virtualThreads", places.virtual());
    all.put("containers", places.containers().stream().map(Places::json).toList());
    all.put("left", places.left());
    return all;
  }

  private static Map<String, Object> json(WaitingPlaces.Container container) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", container.name());
    all.put("threads", container.threads());
    all.put("places", container.places().stream().map(Places::json).toList());
    all.put("left", container.left());
    return all;
  }

  private static Map<String, Object> json(WaitingPlaces.Place place) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("threads", place.threads());
    all.put("doing", place.doing());
    all.put("frames", place.frames());
    return all;
  }
}
