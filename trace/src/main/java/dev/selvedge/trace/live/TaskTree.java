package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The pools, groups and tasks of a JVM at a moment. Similar tasks of an owner that has many are
/// one row.
///
/// @param states how many tasks are in which state
/// @param rows the pools, and the groups that threads have opened
/// @param left how many of them have no row
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record TaskTree(Map<String, Long> states, List<Row> rows, long left) {

  /// One row.
  ///
  /// @param kind `pool`, `group` or `task`
  /// @param name its name, with `#` for numbers if it stands for several
  /// @param id the task's id, or 0
  /// @param count how many it stands for
  /// @param state what it does, such as `waiting`
  /// @param on what it waits for, or empty
  /// @param heldBy who holds that, or empty
  /// @param owner the thread that opened a group, or empty if a task did
  /// @param ageNanos how long a group has been open, the oldest of them; -1 if that is not known
  /// @param cancelled whether its cancellation was requested
  /// @param left how many below it have no row
  /// @param rows what is below it
  /// @since 0.1
  public record Row(
      String kind,
      String name,
      long id,
      long count,
      String state,
      String on,
      String heldBy,
      String owner,
      long ageNanos,
      boolean cancelled,
      long left,
      List<Row> rows) {

    private static Row of(Map<?, ?> json) {
      return new Row(
          text(json, "kind"),
          text(json, "name"),
          Json.number(json.get("id")),
          Json.number(json.get("count")),
          text(json, "state"),
          text(json, "on"),
          text(json, "heldBy"),
          text(json, "owner"),
          json.containsKey("ageNanos") ? Json.number(json.get("ageNanos")) : -1,
          Boolean.TRUE.equals(json.get("cancelled")),
          Json.number(json.get("left")),
          rows(json));
    }

    private static List<Row> rows(Map<?, ?> json) {
      return Json.objects(json.get("rows")).stream().map(Row::of).toList();
    }

    private static String text(Map<?, ?> json, String member) {
      return Printable.line(Json.text(json.get(member)));
    }
  }

  static TaskTree of(Map<String, Object> json) {
    Map<String, Long> states = new LinkedHashMap<>();
    if (json.get("states") instanceof Map<?, ?> counts) {
      counts.forEach((state, count) -> states.put(Json.text(state), Json.number(count)));
    }
    return new TaskTree(states, Row.rows(json), Json.number(json.get("left")));
  }
}
