package dev.selvedge.trace.timeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Texts, each with a number; the empty one is 0.
final class Texts {
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> all = new ArrayList<>();

  Texts() {
    number("");
  }

  int number(String text) {
    return numbers.computeIfAbsent(
        text,
        t -> {
          all.add(t);
          return all.size() - 1;
        });
  }

  List<String> all() {
    return all;
  }
}
